"""One file for each instrumentation."""
