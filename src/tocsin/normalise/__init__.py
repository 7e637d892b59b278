"""How other people's spans become ours: one table for each instrumentation, and the words they share."""
