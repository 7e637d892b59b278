story    nothing arrives at all
alarm    no_data_global
history  2d   ok 10
calls    00:00  60m  ok 10
calls    02:00  30m  ok 10
expect   01:06  pending
expect   01:07  firing
expect   02:01  clearing
expect   02:03  quiet
expect   nothing else
