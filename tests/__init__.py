"""Tests of the whole, and benches."""
