"""What is compared, and the processes that it consists of."""
