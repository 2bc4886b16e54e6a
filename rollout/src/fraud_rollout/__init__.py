"""fraudctl: the command line, and the local running of a release."""
