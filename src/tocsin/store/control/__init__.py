"""Control state: transitions, incidents, outbox, tick mark."""
