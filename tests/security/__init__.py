"""What keeps out who should not get in, tried against the real servers."""
