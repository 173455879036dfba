"""The self-service service."""
