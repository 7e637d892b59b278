story    a silence is no good answer: what fires is held
alarm    bad_answers
history  2d   ok 40
calls    00:00  30m  ok 40
calls    00:30  40m  ok 40  empty 10
until    03:00
expect   00:34  pending
expect   00:39  firing
expect   nothing else
