"""The contracts as values of the domain, and back; nothing else here knows the wire."""
