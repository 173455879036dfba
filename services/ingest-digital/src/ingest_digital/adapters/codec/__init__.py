"""Protobuf to domain and back: the only importer of the contracts."""
