"""What a desk knows about its sessions, their contacts and what was said; standard library only."""
