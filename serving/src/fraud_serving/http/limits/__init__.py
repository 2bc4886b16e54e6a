"""What a connection may make the server spend, and how it is refused or closed beyond."""
