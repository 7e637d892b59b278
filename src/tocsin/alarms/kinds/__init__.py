"""One file for each kind of alarm."""
