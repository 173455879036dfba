"""gRPC between services and to clients."""

from chassis.rpc.access import refuse
from chassis.rpc.channel import GrpcChannel, unavailable_when_peer_is_away
from chassis.rpc.server import GrpcServer, Servicer

__all__ = ["GrpcChannel", "GrpcServer", "Servicer", "refuse", "unavailable_when_peer_is_away"]
