story    without new scores an alarm that fires holds still, and one at rest stays so
alarm    quality_drift
scores   00:00    3d  pass 45  fail 5   every 1h
scores   3d00:00  6h  pass 30  fail 20  every 1h
until    3d18:00
expect   3d02:00 firing      # and no end, and no other message, while nothing is scored
expect   3d02:00 message firing
expect   nothing else
