story    silence during an outage is not recovery
alarm    errors_fast
history  2d   ok 50
calls    00:00  30m  ok 50
calls    00:30  10m  failed 50
calls    01:30  30m  ok 50                 # nothing at all for 50 minutes before this
expect   00:31  pending
expect   00:32  firing
expect   01:31  clearing
expect   01:41  quiet
expect   nothing else
