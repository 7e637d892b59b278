story    a service that speaks every 12 minutes is given an hour
alarm    no_data
set      project_silence = "30d"
history  8d   every 12m  ok 1
calls    00:00  60m  every 12m  ok 1
until    04:00
expect   01:50  pending
expect   01:51  firing
expect   nothing else
