"""How fast the service is, beside what one would write first and what bounds it: `make bench`."""
