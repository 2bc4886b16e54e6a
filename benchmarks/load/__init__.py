"""What is sent, and by what."""
