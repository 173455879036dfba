"""What crm knows about customers, their addresses, timelines and keys; standard library only."""
