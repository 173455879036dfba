"""ingest-voice as a process of its own, on the real broker, with real phones."""

import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from voice_world import NUMBER, SECRET, PlayedKeys, VoiceProcess, World, world

from local_stack.ports import free_ports


@pytest.fixture
async def keys() -> AsyncIterator[PlayedKeys]:
    played = PlayedKeys()
    await played.start()
    yield played
    await played.stop()


@pytest.fixture
async def around(
    kafka_bootstrap_servers: str, topic_prefix: str, keys: PlayedKeys
) -> AsyncIterator[World]:
    """The others, in a workspace that only this test has."""
    workspace = f"w-{uuid.uuid4().hex[:8]}"
    async with world(kafka_bootstrap_servers, topic_prefix, keys, workspace) as played:
        await played.publish_policy(NUMBER)
        yield played


@pytest.fixture
async def make_voice(around: World, tmp_path: Path) -> AsyncIterator[Callable[..., VoiceProcess]]:
    """Makes the service, not started; settings may be given. The same folder each time."""
    made: list[VoiceProcess] = []

    def make(**settings: str) -> VoiceProcess:
        sip, admin = free_ports(2)
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": around.settings.kafka_bootstrap_servers,
            "TOPIC_PREFIX": around.settings.topic_prefix,
            "WORKSPACE": around.workspace,
            "KEY_SERVICE_ADDRESS": around.keys.address,
            "ADDRESS_TOKEN_SECRET": SECRET,
            "DATA_DIR": str(tmp_path / "data"),
            "SIP_PORT": str(sip),
            "ADMIN_PORT": str(admin),
            "INSTANCE_ID": f"v-{sip}",
            "LEASED_KEYS": "20",
            "RTP_TIMEOUT_SECONDS": "10",
            **settings,
        }
        voice = VoiceProcess(environment, tmp_path / f"voice-{len(made)}.log")
        made.append(voice)
        return voice

    yield make
    for voice in made:
        voice.kill()
        if voice.process is not None:
            await voice.process.wait()


@pytest.fixture
async def voice(make_voice: Callable[..., VoiceProcess]) -> VoiceProcess:
    service = make_voice()
    await service.start()
    return service
