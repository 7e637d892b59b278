"""Foreign telemetry brought to our words, as tables."""
