story    half a minute of failures at a deploy wakes nobody
alarm    errors_fast
history  2d   ok 50
calls    00:00  30m  ok 50
calls    00:30  1m   ok 44  failed 6
calls    00:31  60m  ok 50
expect   nothing else
