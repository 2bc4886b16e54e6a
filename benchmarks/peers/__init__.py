"""What the service is compared with: each module is one server process, written as its users write it."""
