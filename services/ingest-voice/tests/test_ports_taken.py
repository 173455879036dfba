"""A SIP endpoint takes the port that it was given, and no other."""

import socket
from pathlib import Path

from engine_harness import HOST, EngineUnderTest

from chassis.free_ports import LOWEST
from local_stack.phone.process import phone
from local_stack.ports import free_ports


def two_in_a_row() -> int:
    """The first of two ports, the second of which is free as well."""
    for _ in range(100):
        (port,) = free_ports(1)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port + 1))
            except OSError:
                continue
            return port
    raise AssertionError(f"no two ports in a row above {LOWEST}")


async def test_engine_and_phone_leave_the_port_after_theirs_alone(tmp_path: Path):
    for_engine = two_in_a_row()
    engine = EngineUnderTest(for_engine, tmp_path / "sip")
    for_phone = two_in_a_row()
    with socket.socket() as neighbour, socket.socket() as other:
        neighbour.bind((HOST, for_engine + 1))
        other.bind((HOST, for_phone + 1))
        await engine.engine.start(engine.events.append)
        try:
            async with phone("agent", "--port", str(for_phone)) as agent:
                assert agent.port == for_phone
        finally:
            await engine.engine.stop()
        assert engine.failures == []
