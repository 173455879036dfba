"""Kafka, files and the command line around the engine."""
