"""Plumbing that every service stands on; it knows no business word."""

import os

# gRPC's core reads it once, when it is imported, and else writes lines to stderr that are no JSON.
# So it stands where every service comes by first. Its errors are status codes anyway.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
