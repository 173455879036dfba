"""The whole contact center on one machine: Kafka, Postgres and every service, without Docker."""
