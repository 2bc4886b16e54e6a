"""What the monitor's alerts find on later data, on made-up shifts, and where nothing changed."""
