"""What the service does when something happens: to a call, in the log."""
