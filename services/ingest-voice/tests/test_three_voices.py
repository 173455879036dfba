"""Consult and conference on the embedded engine: three real phones, each with a tone of its own."""

import asyncio
from array import array

from engine_harness import HOST, MUSIC_HZ, EngineUnderTest, ListSink, running_engine

from ingest_voice.adapters.mixing import FRAME_BYTES, Mixer, but, mixed
from ingest_voice.domain.engine_events import CallAnswered, CallOffered, LegAnswered
from local_stack.phone.process import PhoneProcess, phone
from local_stack.phone.tones import sine, tone_share

CUSTOMER, ANA, BOB = 440.0, 660.0, 880.0
EVERYBODY = [option for tone in (CUSTOMER, ANA, BOB) for option in ("--listen-for", str(tone))]


async def dialled(voice: EngineUnderTest, call_key: str, leg_key: str, agent: PhoneProcess) -> None:
    await voice.engine.dial(
        call_key, leg_key, f"sip:{leg_key}@{HOST}:{agent.port}", headers={}, timeout_seconds=10
    )
    await voice.event(LegAnswered, lambda e: e.leg_key == leg_key)


async def hears(who: PhoneProcess, *tones: float) -> None:
    await who.event("hears", frequencies=list(tones))


async def test_a_customer_waits_while_two_agents_speak_and_then_all_three_hear_the_others():
    sink = ListSink()
    async with (
        running_engine() as voice,
        phone("agent", "--tone", str(ANA), *EVERYBODY) as ana,
        phone("agent", "--tone", str(BOB), *EVERYBODY) as bob,
        phone("call", voice.address("+49"), "--tone", str(CUSTOMER), *EVERYBODY,
              "--listen-for", str(MUSIC_HZ)) as customer,
    ):  # fmt: skip
        call_key = (await voice.event(CallOffered)).call_key
        await voice.engine.answer(call_key)
        await voice.event(CallAnswered)
        await dialled(voice, call_key, "ana", ana)
        voice.engine.talk(call_key, ("ana",), has_customer=True)
        await hears(customer, ANA)

        await dialled(voice, call_key, "bob", bob)
        voice.engine.talk(call_key, ("ana", "bob"), has_customer=False)
        voice.engine.play_music(call_key)
        await hears(customer, MUSIC_HZ)
        await hears(ana, BOB)
        await hears(bob, ANA)

        voice.engine.talk(call_key, ("ana", "bob"), has_customer=True)
        voice.engine.record(call_key, sink)
        await hears(customer, ANA, BOB)
        await hears(ana, CUSTOMER, BOB)
        await hears(bob, CUSTOMER, ANA)
        await asyncio.sleep(2.5)
        voice.engine.stop_recording(call_key)

        customer.events.clear()
        voice.engine.talk(call_key, ("bob",), has_customer=True)
        await hears(customer, BOB)
        assert voice.failures == []

    samples = array("h", bytes(sink.pcm))
    left, right = samples[16000::2].tobytes(), samples[16001::2].tobytes()
    assert tone_share(left, CUSTOMER) > 0.8
    assert tone_share(right, CUSTOMER) < 0.01
    assert tone_share(right, ANA) > 0.3
    assert tone_share(right, BOB) > 0.3


def test_a_voice_that_comes_in_pieces_is_mixed_without_a_gap():
    """One side sends 20 ms each turn, the other 40 ms each second turn."""
    mixer = Mixer(2)
    heard = b""
    for turn in range(100):
        even = sine(CUSTOMER, turn * 160, 160)
        uneven = sine(ANA, (turn - 1) * 160, 320) if turn % 2 else b""
        frames = mixer.turn([even, uneven])
        heard += mixed(but(frames, 0))

    assert len(heard) == 100 * FRAME_BYTES
    assert tone_share(heard[6400:], ANA) > 0.99


def test_a_sum_that_is_too_loud_is_cut_off_and_not_turned_around():
    loud = array("h", [30000] * 160)

    assert array("h", mixed([loud, loud, None])) == array("h", [32767] * 160)
    assert mixed([None, None]) == bytes(FRAME_BYTES)


def test_a_voice_whose_clock_runs_ahead_does_not_grow_old():
    mixer = Mixer(1)
    for _ in range(1000):
        mixer.turn([bytes(FRAME_BYTES + 16)])

    turns = 0
    while mixer.turn([b""])[0] is not None:
        turns += 1
    assert turns <= 12
