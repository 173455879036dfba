"""`contact-center policy` and `contact-center roster`."""
