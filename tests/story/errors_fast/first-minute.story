story    a service that was never seen before is guarded from its first minute
alarm    errors_fast
calls    00:00  10m  ok 2   failed 8
expect   00:01  pending
expect   00:02  firing
expect   nothing else
