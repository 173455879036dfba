"""Scenarios as text that a supervisor can read, run against the engine."""
