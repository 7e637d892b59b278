story    a deployment under a name of its own is no swap
alarm    model_swap
history  3d   ok 30  swapped 30
calls    00:00  6h   ok 30  swapped 30
expect   nothing else
