story    an improvement is no alarm
alarm    quality_drift
scores   00:00    3d  pass 40  fail 10  every 1h
scores   3d00:00  2d  pass 49  fail 1   every 1h
until    5d00:00
expect   nothing else
