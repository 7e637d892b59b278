story    no verdict for longer than usual, while calls come
alarm    judge_health
calls    00:00  4h   ok 20
judging  00:00  60m  attempts 40  failed 0  calls 600  usual 150  of 22500  gap 2m
judging  01:00  3h   attempts 0   failed 0  calls 600  usual 150  of 22500  gap 2m
expect   02:01  pending
expect   02:06  firing
expect   nothing else
