"""The views that turn raw OTLP into rows, compiled from tables: flatten, redact, normalise, store."""
