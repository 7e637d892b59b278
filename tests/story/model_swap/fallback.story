story    a gateway falls back to a smaller model for a third of the calls
alarm    model_swap
history  2d   ok 30
calls    00:00  30m  ok 30
calls    00:30  60m  ok 30  swapped 10
calls    01:30  60m  ok 30
expect   00:34  pending
expect   00:36  firing
expect   01:35  clearing
expect   01:45  quiet
expect   nothing else
