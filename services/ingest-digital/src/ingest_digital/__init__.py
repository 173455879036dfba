"""The ingest-digital service."""
