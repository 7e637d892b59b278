story    a judge that is rate-limited gives no verdict on nearly half
alarm    judge_health
calls    00:00  3h   ok 20
judging  00:00  60m  attempts 40  failed 1   calls 600  usual 9000  of 135000
judging  01:00  60m  attempts 40  failed 18  reason rate_limit  calls 600  usual 9000  of 135000
judging  02:00  60m  attempts 40  failed 0   calls 600  usual 9000  of 135000
expect   01:00  pending
expect   01:05  firing
expect   01:05  message firing
expect   02:00  clearing
expect   02:10  quiet
expect   02:10  message resolved
expect   nothing else
