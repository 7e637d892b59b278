story    when everything is silent it is one message, and not one for each service
alarm    no_data
alarm    no_data_global
history  2d   ok 10
calls    00:00  60m  ok 10
calls    02:00  30m  ok 10
expect   01:06  pending no_data_global
expect   01:07  firing no_data_global
expect   01:07  message firing
expect   02:01  clearing no_data_global
expect   02:03  quiet no_data_global
expect   02:03  message resolved
expect   nothing else
