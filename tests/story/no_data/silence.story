story    a service that speaks every minute goes silent
alarm    no_data
set      project_silence = "30d"           # the only service of its project: let it speak for itself
history  2d   ok 10
calls    00:00  60m  ok 10
calls    02:00  30m  ok 10
expect   01:11  pending
expect   01:12  firing
expect   01:12  message firing
expect   02:01  clearing
expect   02:03  quiet
expect   02:03  message resolved
expect   nothing else
