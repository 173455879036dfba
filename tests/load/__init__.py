"""Load as a real call center has it."""
