"""The alarm machine, its kinds and the default pack."""
