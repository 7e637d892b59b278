story    without history one refusal in five is told, and answers cut short are not
alarm    bad_answers
calls    00:00  60m  ok 20  cut 10
calls    01:00  60m  ok 20  refused 4
calls    02:00  60m  ok 20
expect   01:20  pending
expect   01:25  firing
expect   02:09  clearing
expect   02:19  quiet
expect   nothing else
