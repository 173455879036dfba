"""Kafka, Postgres, Prometheus and gRPC."""
