"""Words, ids and rules of web chat and mail: no clock, no I/O."""
