"""A chat client for the terminal: `contact-center chat`."""
