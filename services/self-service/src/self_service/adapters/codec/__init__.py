"""The contracts' bytes as our values, and back; nothing else imports the contracts."""
