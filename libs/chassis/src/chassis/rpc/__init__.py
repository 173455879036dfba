"""gRPC between services and to clients."""

from chassis.rpc.access import refuse, shown
from chassis.rpc.audit import AuditTrail
from chassis.rpc.channel import GrpcChannel, unavailable_when_peer_is_away
from chassis.rpc.server import GrpcServer, Servicer

__all__ = [
    "AuditTrail",
    "GrpcChannel",
    "GrpcServer",
    "Servicer",
    "refuse",
    "shown",
    "unavailable_when_peer_is_away",
]
