story    four percent time out where hardly one in a thousand did: a ticket
alarm    error_class_surge
history  2d   ok 100
calls    00:00  30m  ok 100
calls    00:30  60m  ok 95  failed 5  error timeout
calls    01:30  60m  ok 100
expect   00:37  pending
expect   00:39  firing
expect   01:33  clearing
expect   01:43  quiet
expect   nothing else
