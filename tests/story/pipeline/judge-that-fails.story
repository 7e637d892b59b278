story     an alarm that can't be judged is told after two minutes, one that fails for a moment is not
alarm     pipeline
calls     00:00  60m  ok 20
pipeline  00:05  1m   judge latency_drift  requests 60
pipeline  00:20  20m  judge latency_drift  requests 60
pipeline  00:40  20m  requests 60
expect    00:22  firing
expect    00:40  clearing
expect    00:42  quiet
expect    nothing else
