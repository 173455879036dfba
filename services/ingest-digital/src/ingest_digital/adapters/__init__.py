"""Kafka, Postgres, WebSocket, SMTP and the attachment store."""
