"""What a flow is and how it goes on: pure, deterministic, standard library only."""
