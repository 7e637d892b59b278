story    an evaluator that passed nine of ten passes six of ten
alarm    quality_drift
scores   00:00    3d   pass 45  fail 5   every 1h
scores   3d00:00  12h  pass 30  fail 20  every 1h
until    3d12:00
expect   3d02:00 firing
expect   3d02:00 message firing
expect   nothing else
