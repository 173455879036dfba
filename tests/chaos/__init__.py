"""Faults under load, from a seed: what breaks, what comes back, and what must still hold."""

import os

# Telephones are started beside streams that go on, and gRPC would say so each time.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
