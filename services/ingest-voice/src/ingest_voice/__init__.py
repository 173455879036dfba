"""The ingest-voice service."""
