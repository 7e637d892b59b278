story    a number of calls that never was there is a departure, and ends with it
alarm    odd departure
set      measure = "calls_per_minute"
history  4d   ok 20
calls    00:00  2h   ok 20
calls    02:00  3h   ok 35
calls    05:00  8h   ok 20
expect   02:15  firing
expect   03:45  quiet
expect   nothing else
