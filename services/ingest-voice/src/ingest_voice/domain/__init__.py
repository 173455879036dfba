"""What a call is and what happens to it, without any I/O."""
