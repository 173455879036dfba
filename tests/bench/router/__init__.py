"""`make bench-router`: the router's figures, each a module with a `measure`."""
