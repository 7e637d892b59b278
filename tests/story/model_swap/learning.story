story    nobody knows on the first day whether it is meant
alarm    model_swap
calls    00:00  6h   ok 30  swapped 30
expect   nothing else
