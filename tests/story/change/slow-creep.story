story    twice the calls of this hour are told, and half of them where that is asked for
alarm    busier change
set      measure = "calls_per_minute"
alarm    calmer change
set      measure = "calls_per_minute"
set      direction = "down"
history  2d   ok 20
calls    00:00  60m  ok 20
calls    01:00  30m  ok 60
calls    01:30  60m  ok 20
calls    02:30  30m  ok 5
calls    03:00  60m  ok 20
expect   01:03  pending busier
expect   01:08  firing busier
expect   01:34  clearing busier
expect   01:44  quiet busier
expect   02:34  pending calmer
expect   02:39  firing calmer
expect   03:03  clearing calmer
expect   03:13  quiet calmer
expect   nothing else
