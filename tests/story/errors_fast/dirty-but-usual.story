story    three failures in a hundred are usual here, and five are no news
alarm    errors_fast
history  8d   ok 97  failed 3
calls    00:00  30m  ok 97  failed 3
calls    00:30  60m  ok 95  failed 5
calls    01:30  30m  ok 97  failed 3
expect   nothing else
