"""The price book: dated, tiered, with own overrides."""
