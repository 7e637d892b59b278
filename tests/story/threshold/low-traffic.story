story    two failures of three calls are too few to be told of
alarm    many-errors threshold
set      measure = "error_share"
set      above = 0.2
set      samples_min = 20
set      window = "30m"
calls    00:00  3h  every 10m  ok 1
calls    03:00  1h  every 10m  failed 1
calls    04:00  2h  every 10m  ok 1
expect   nothing else
