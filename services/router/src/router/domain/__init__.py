"""The deterministic routing engine: no clock, no input or output, no chance."""
