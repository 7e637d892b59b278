"""Fakes that tests, ours and others, may use."""
