"""`fraudctl doctor`: is this machine fit to run the detector, and if not, what to do."""
