"""What the registry keeps beside files: metadata of artifacts, moves of aliases, rows of runs."""
