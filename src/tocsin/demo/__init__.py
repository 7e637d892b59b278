"""The stand-in provider and the demonstration app."""
