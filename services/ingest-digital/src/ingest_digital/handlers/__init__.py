"""What to do with what came in: load, decide, write."""
