"""Facts that alarms ask for beside windows of parts: one file for each kind of ask, holding an object `ANSWER`."""
