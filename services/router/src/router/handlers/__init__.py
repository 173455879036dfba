"""What is done with a record: decode, decide, encode, in the order of its partition."""
