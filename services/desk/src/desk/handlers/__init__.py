"""What a desk does with steps, messages and commands."""
