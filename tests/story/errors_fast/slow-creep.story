story    failures creep up from one in a hundred to one in five
alarm    errors_fast
history  2d   ok 100
calls    00:00  30m  ok 99  failed 1
calls    00:30  30m  ok 96  failed 4
calls    01:00  30m  ok 90  failed 10
calls    01:30  30m  ok 80  failed 20
calls    02:00  30m  ok 100
expect   01:01  pending
expect   01:02  firing
expect   02:02  clearing
expect   02:12  quiet
expect   nothing else
