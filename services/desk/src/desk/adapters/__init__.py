"""Kafka, gRPC, crm and keys."""
