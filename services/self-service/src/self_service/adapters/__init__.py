"""What connects the flows with files, Kafka, Postgres and the key service."""
