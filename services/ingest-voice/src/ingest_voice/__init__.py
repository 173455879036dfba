"""Phone calls in and out: the SIP endpoint of the contact center."""
