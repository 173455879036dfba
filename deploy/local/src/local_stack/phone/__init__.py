"""A SIP phone as a process of its own: a customer who calls, or an agent's telephone."""
