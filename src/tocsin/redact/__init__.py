"""What must never be stored, as tables of detectors."""
