story    scores that stay as they were tell nothing
alarm    quality_drift
scores   00:00  5d  pass 45  fail 5  every 1h
until    5d00:00
expect   nothing else
