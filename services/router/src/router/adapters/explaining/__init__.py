"""Answers why a contact went where it went, in a process of its own: routing never waits for it."""
