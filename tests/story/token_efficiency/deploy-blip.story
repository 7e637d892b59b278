story    a cold cache for ten minutes after a deploy is left alone, and an hour of it is told
alarm    token_efficiency
history  2d   ok 10  tokens 2000  cached 1400
calls    00:00  30m  ok 10  tokens 2000  cached 1400
calls    00:30  10m  ok 10  tokens 2000
calls    00:40  4h   ok 10  tokens 2000  cached 1400
calls    04:40  1h   ok 10  tokens 2000
calls    05:40  3h   ok 10  tokens 2000  cached 1400
expect   05:10  pending
expect   05:25  firing
expect   06:25  clearing
expect   06:40  quiet
expect   nothing else
