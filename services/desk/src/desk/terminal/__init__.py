"""The terminal agent: a whole desk on one screen."""
