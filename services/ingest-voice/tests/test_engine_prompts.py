"""What a caller hears of the embedded engine: prompts, which a key may cut short, and music."""

import asyncio

import pytest
from engine_calls import answered_call
from engine_harness import MUSIC_HZ, running_engine

from ingest_voice.adapters.synthesis import tone
from ingest_voice.domain.engine_events import (
    DigitPressed,
    PromptFinished,
)
from local_stack.phone.process import phone


async def test_a_prompt_is_heard_to_its_end():
    async with (
        running_engine() as voice,
        phone("call", voice.address("+49"), "--listen-for", "700") as customer,
    ):
        call_key = await answered_call(voice)
        voice.engine.play(call_key, "m1", tone(700, 1.5), is_interruptible=True)

        await customer.event("hears", frequencies=[700])
        finished = await voice.event(PromptFinished)
        assert finished.prompt_id == "m1"
        assert not finished.is_interrupted
        await customer.event("hears", frequencies=[])


@pytest.mark.parametrize("how", ["rtpevent", "info"])
async def test_a_key_cuts_a_prompt_short_and_is_told_after_it(how: str):
    async with (
        running_engine() as voice,
        phone("call", voice.address("+49"), "--dtmf", how, "--listen-for", "700") as customer,
    ):
        call_key = await answered_call(voice)
        voice.engine.play(call_key, "m1", tone(700, 20), is_interruptible=True)
        await customer.event("hears", frequencies=[700])
        await customer.tell("digits 2#")

        assert (await voice.event(PromptFinished)).is_interrupted
        await voice.event(DigitPressed, lambda e: e.digit == "#")
        kinds = [type(e) for e in voice.events]
        digits = [e.digit for e in voice.events if isinstance(e, DigitPressed)]
        assert kinds.index(PromptFinished) < kinds.index(DigitPressed)
        assert digits == ["2", "#"]
        await customer.event("hears", frequencies=[])


async def test_a_prompt_that_may_not_be_interrupted_goes_on():
    async with running_engine() as voice, phone("call", voice.address("+49")) as customer:
        call_key = await answered_call(voice)
        voice.engine.play(call_key, "m1", tone(700, 1.5), is_interruptible=False)
        await customer.tell("digits 2")

        await voice.event(DigitPressed)
        assert not (await voice.event(PromptFinished)).is_interrupted


async def test_music_goes_on_beyond_its_length_until_it_is_stopped():
    async with (
        running_engine() as voice,
        phone("call", voice.address("+49"), "--listen-for", str(MUSIC_HZ)) as customer,
    ):
        call_key = await answered_call(voice)
        voice.engine.play_music(call_key)
        await customer.event("hears", frequencies=[MUSIC_HZ])
        await asyncio.sleep(4)
        assert len([e for e in customer.events if e["event"] == "hears"]) == 1

        voice.engine.stop_playing(call_key)
        await customer.event("hears", frequencies=[])
