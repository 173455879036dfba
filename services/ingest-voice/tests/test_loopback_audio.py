"""No audio socket of a loopback engine takes what comes by another interface."""

import os
import socket
from pathlib import Path

from engine_harness import HOST, running_engine

from ingest_voice.adapters.loopback_audio import LoopbackAudio
from ingest_voice.domain.engine_events import CallAnswered, CallOffered, LegAnswered
from local_stack.phone.process import phone

LOW, HIGH = 61000, 65534


def audio_devices() -> list[bytes]:
    """To which device each audio socket of this process is bound."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            copy = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:
            continue
        with copy:
            is_udp = copy.family == socket.AF_INET and copy.type == socket.SOCK_DGRAM
            if is_udp and LOW <= copy.getsockname()[1] <= HIGH:
                device = copy.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
                found.append(device.strip(b"\0"))
    return found


async def test_the_audio_of_every_leg_is_bound_to_the_loopback():
    async with (
        running_engine() as voice,
        phone("agent", "--tone", "660") as agent,
        phone("call", voice.address("+49"), "--listen-for", "660") as customer,
    ):
        call_key = (await voice.event(CallOffered)).call_key
        await voice.engine.answer(call_key)
        await voice.event(CallAnswered)
        await voice.engine.dial(
            call_key, "leg1", f"sip:ana@{HOST}:{agent.port}", headers={}, timeout_seconds=10
        )
        await voice.event(LegAnswered)
        voice.engine.talk(call_key, ("leg1",), has_customer=True)
        await customer.event("hears", frequencies=[660.0])

        devices = audio_devices()
        assert len(devices) >= 4
        assert set(devices) == {b"lo"}


def test_an_engine_on_another_address_keeps_its_audio_open():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as audio:
        audio.bind(("0.0.0.0", 0))
        port = audio.getsockname()[1]

        assert LoopbackAudio("192.0.2.1", f"{port}-{port}").narrow() == 0
        assert LoopbackAudio("127.0.0.1", f"{port}-{port}").narrow() == 1
        assert LoopbackAudio("127.0.0.1", f"{port}-{port}").narrow() == 0
