story    one answer in forty is filtered, and then for a day and a night none
alarm    bad_answers
history  22d  ok 40  refused 1
calls    00:00  1d   ok 40
calls    1d00:00  3h  ok 40
calls    1d03:00  2h  ok 40  refused 1
expect   1d00:00  pending
expect   1d00:05  firing
expect   1d03:01  clearing
expect   1d03:11  quiet
expect   nothing else
