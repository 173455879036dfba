"""Calls as far as an engine under test has brought them."""

from engine_harness import HOST, EngineUnderTest

from ingest_voice.domain.engine_events import (
    CallAnswered,
    CallOffered,
    LegAnswered,
)
from local_stack.phone.process import PhoneProcess


async def answered_call(voice: EngineUnderTest) -> str:
    offered = await voice.event(CallOffered)
    await voice.engine.answer(offered.call_key)
    await voice.event(CallAnswered)
    return offered.call_key


async def joined_call(voice: EngineUnderTest, agent: PhoneProcess) -> str:
    call_key = await answered_call(voice)
    await voice.engine.dial(
        call_key, "leg1", f"sip:ana@{HOST}:{agent.port}",
        headers={"X-Contact-Id": "c1"}, timeout_seconds=10,
    )  # fmt: skip
    await voice.event(LegAnswered)
    voice.engine.talk(call_key, ("leg1",), has_customer=True)
    return call_key
