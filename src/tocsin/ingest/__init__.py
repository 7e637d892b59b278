"""The OTLP doors: HTTP, gRPC, limits, group commit."""
