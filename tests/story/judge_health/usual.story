story    a judge that fails now and then, and looks at as many calls as ever
alarm    judge_health
calls    00:00  3h  ok 20
judging  00:00  3h  attempts 40  failed 2  calls 600  usual 9000  of 135000
expect   nothing else
