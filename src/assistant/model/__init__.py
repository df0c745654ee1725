"""A language model as an option: what it writes reaches a reader only where passages support it."""
