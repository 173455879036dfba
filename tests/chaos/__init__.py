"""Faults under load, from a seed: what breaks, what comes back, and what must still hold."""
