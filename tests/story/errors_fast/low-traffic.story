story    six calls an hour: an outage is seen within the hour, two failures are not one
alarm    errors_fast
history  8d   every 10m  ok 1
calls    00:00  4h   every 10m  ok 1
calls    01:05  20m  every 10m  failed 1   # two failures among the others
calls    04:00  2h   every 10m  failed 1
calls    06:00  4h   every 10m  ok 1
expect   04:31  pending
expect   04:32  firing
expect   06:01  clearing
expect   06:21  quiet
expect   nothing else
