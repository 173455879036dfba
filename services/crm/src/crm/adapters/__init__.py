"""Kafka, Postgres and gRPC."""
