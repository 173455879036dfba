"""A day of the log under another policy: the real engine, in virtual time."""
