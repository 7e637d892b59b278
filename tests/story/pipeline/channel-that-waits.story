story     a channel that takes nothing for two minutes is a page, and is over when it takes its messages again
alarm     pipeline
calls     00:00  60m  ok 20
pipeline  00:00  10m  requests 60
pipeline  00:10  20m  channel oncall  words invalid_auth  waiting 3  of page  requests 60
pipeline  00:30  30m  requests 60
expect    00:12  firing
expect    00:12  message firing
expect    00:30  clearing
expect    00:32  quiet
expect    00:32  message resolved
expect    nothing else
