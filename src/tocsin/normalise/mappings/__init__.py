"""One file for each instrumentation; it offers MAPPING, and its name is the mapping's name in the store."""
