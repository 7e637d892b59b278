story    a call every five minutes is a rhythm, and a pause of 20 minutes fits into it
alarm    no_data_global
history  2d   every 5m  ok 1
calls    00:00  60m  every 5m  ok 1
calls    01:15  60m  every 5m  ok 1
until    03:30
expect   02:37  pending
expect   02:38  firing
expect   nothing else
