story    one call in ten fails at 600 calls an hour
alarm    errors_fast
history  2d   ok 10
calls    00:00  30m  ok 10
calls    00:30  40m  ok 9   failed 1
calls    01:10  60m  ok 10
expect   00:35  pending
expect   00:36  firing
expect   01:12  clearing
expect   01:22  quiet
expect   nothing else
