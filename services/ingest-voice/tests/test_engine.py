"""The embedded engine with real SIP calls: each phone is a process of its own on the loopback."""

import asyncio
import socket
from array import array

import pytest
from engine_calls import answered_call, joined_call
from engine_harness import HOST, MUSIC_HZ, ListSink, running_engine
from prometheus_client import REGISTRY

from chassis.testing import eventually
from ingest_voice.domain.engine_events import (
    CallHungUp,
    CallOffered,
    LegFailed,
    LegHungUp,
    LegRinging,
    Side,
)
from ingest_voice.handlers.ports import CallGone
from local_stack.phone.process import phone
from local_stack.phone.tones import tone_share


async def test_an_offered_call_names_its_caller_and_the_number_called():
    async with running_engine() as voice, phone("call", voice.address("+4930555"),
                                                "--user", "+4930123456"):  # fmt: skip
        offered = await voice.event(CallOffered)

        assert "+4930123456@" in offered.from_uri
        assert offered.to_uri.startswith("sip:+4930555@")
        assert offered.from_tag
        assert offered.sip_call_id


async def test_a_call_may_come_by_tcp():
    async with (
        running_engine() as voice,
        phone("call", f"{voice.address('+49')};transport=tcp") as customer,
    ):
        offered = await voice.event(CallOffered)
        await voice.engine.answer(offered.call_key)
        await customer.event("answered")
        await voice.engine.hang_up(offered.call_key)
        await customer.event("ended")

    assert "transport=tcp" in offered.to_uri


@pytest.mark.parametrize("status", [404, 503])
async def test_a_refused_call_hears_the_status_that_was_decided(status: int):
    async with running_engine() as voice, phone("call", voice.address("+49")) as customer:
        offered = await voice.event(CallOffered)
        await voice.engine.reject(offered.call_key, status)

        ended = await customer.event("ended")
        assert ended["cause"].startswith(str(status))
        assert (await voice.event(CallHungUp)).by is Side.US


async def test_a_caller_without_a_common_codec_is_told_488_and_counted():
    def refused() -> float:
        outcome = {"outcome": "no_common_codec"}
        return REGISTRY.get_sample_value("ingest_voice_calls_total", outcome) or 0.0

    before = refused()
    async with (
        running_engine() as voice,
        phone("call", voice.address("+49"), "--codecs", "g722/16000/1") as customer,
    ):
        ended = await customer.event("ended")

        assert ended["cause"].startswith("488")
        assert voice.events == []
        await eventually(lambda: refused() == before + 1)


async def test_a_tone_of_either_side_is_heard_at_the_other_and_recorded_on_its_own_channel():
    """Customer left, agent right."""
    sink = ListSink()
    async with (
        running_engine() as voice,
        phone("agent", "--tone", "660", "--listen-for", "440") as agent,
        phone("call", voice.address("+49"), "--tone", "440", "--listen-for", "660") as customer,
    ):
        call_key = await joined_call(voice, agent)
        voice.engine.record(call_key, sink)

        await agent.event("offered", contact_id="c1")
        await customer.event("hears", frequencies=[660])
        await agent.event("hears", frequencies=[440])
        await asyncio.sleep(2.5)
        voice.engine.stop_recording(call_key)
        assert voice.failures == []

    samples = array("h", bytes(sink.pcm))
    left, right = samples[16000::2].tobytes(), samples[16001::2].tobytes()
    assert sink.is_finished
    assert tone_share(left, 440) > 0.8
    assert tone_share(left, 660) < 0.01
    assert tone_share(right, 660) > 0.8
    assert tone_share(right, 440) < 0.01


async def test_on_hold_the_customer_hears_music_and_the_agent_nothing():
    async with (
        running_engine() as voice,
        phone("agent", "--tone", "660", "--listen-for", "440") as agent,
        phone("call", voice.address("+49"), "--tone", "440", "--listen-for", "660",
              "--listen-for", str(MUSIC_HZ)) as customer,
    ):  # fmt: skip
        call_key = await joined_call(voice, agent)
        await agent.event("hears", frequencies=[440])
        voice.engine.talk(call_key, (), has_customer=False)
        voice.engine.play_music(call_key)
        await customer.event("hears", frequencies=[MUSIC_HZ])
        await agent.event("hears", frequencies=[])

        customer.events.clear()
        agent.events[:] = [e for e in agent.events if e["event"] == "ready"]
        voice.engine.talk(call_key, ("leg1",), has_customer=True)
        await customer.event("hears", frequencies=[660])
        await agent.event("hears", frequencies=[440])


@pytest.mark.parametrize(
    ("how", "cause"), [("busy", "busy"), ("never", "no_answer")], ids=["busy", "never"]
)
async def test_an_agents_phone_that_is_not_answered_says_why(how: str, cause: str):
    async with (
        running_engine() as voice,
        phone("agent", "--answer", how) as agent,
        phone("call", voice.address("+49")) as customer,
    ):
        call_key = await answered_call(voice)
        await voice.engine.dial(
            call_key, "leg1", f"sip:ana@{HOST}:{agent.port}", headers={}, timeout_seconds=1.5
        )

        failed = await voice.event(LegFailed)
        assert (failed.leg_key, failed.cause) == ("leg1", cause)
        assert any(isinstance(e, LegRinging) for e in voice.events)
        await agent.event("ended")
        assert all(e["event"] != "ended" for e in customer.events)


async def test_an_agents_phone_that_is_not_there_fails():
    async with running_engine() as voice, phone("call", voice.address("+49")):
        call_key = await answered_call(voice)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
            closed.bind((HOST, 0))
            nowhere = closed.getsockname()[1]
        await voice.engine.dial(
            call_key, "leg1", f"sip:ana@{HOST}:{nowhere}", headers={}, timeout_seconds=3
        )

        assert (await voice.event(LegFailed)).cause in {"unreachable", "no_answer"}


async def test_either_sides_hang_up_is_known_at_once():
    async with (
        running_engine() as voice,
        phone("agent") as agent,
        phone("call", voice.address("+49")) as customer,
    ):
        await joined_call(voice, agent)
        await agent.tell("hangup")
        hung_up = await voice.event(LegHungUp)
        assert hung_up.by is Side.FAR_END

        await customer.tell("hangup")
        gone = await voice.event(CallHungUp)
        assert gone.by is Side.FAR_END


async def test_our_hang_up_ends_both_phones_and_is_ours():
    async with (
        running_engine() as voice,
        phone("agent") as agent,
        phone("call", voice.address("+49")) as customer,
    ):
        call_key = await joined_call(voice, agent)
        await voice.engine.hang_up_leg("leg1")
        await voice.engine.hang_up(call_key)

        assert (await voice.event(LegHungUp)).by is Side.US
        assert (await voice.event(CallHungUp)).by is Side.US
        await agent.event("ended")
        await customer.event("ended")
        with pytest.raises(CallGone):
            await voice.engine.hang_up(call_key)


async def test_a_caller_who_vanishes_is_noticed_by_the_missing_audio():
    async with (
        running_engine() as voice,
        phone("call", voice.address("+49"), "--tone", "440") as customer,
    ):
        call_key = await answered_call(voice)
        customer.kill()

        gone = await voice.event(CallHungUp)
        assert (gone.call_key, gone.by) == (call_key, Side.FAR_END)
