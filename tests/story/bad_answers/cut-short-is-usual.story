story    an application with a tight limit is left alone, and more than three times its usual is told
alarm    bad_answers
history  3d   ok 40  cut 4
calls    00:00  2h   ok 40  cut 6
calls    02:00  60m  ok 40  cut 20
calls    03:00  90m  ok 40  cut 4
expect   02:18  pending
expect   02:23  firing
expect   03:10  clearing
expect   03:20  quiet
expect   nothing else
