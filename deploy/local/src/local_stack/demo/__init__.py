"""People on real protocols: the customers and agents of the demo, the e2e tests and the benches."""
