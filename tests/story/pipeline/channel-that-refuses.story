story     a message that is refused for good is told at once: nobody will try it again
alarm     pipeline
calls     00:00  30m  ok 20
pipeline  00:00  10m  requests 60
pipeline  00:10  20m  channel hook  words 404  then gave_up  of page  requests 60
expect    00:10  firing
expect    00:10  message firing
expect    nothing else
