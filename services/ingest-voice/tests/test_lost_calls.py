"""Calls that are transferred while nobody holds them: a real journal, the router played here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from voice_world import VoiceProcess, World

from chassis.testing import eventually
from contact_center.v1 import routing_events_pb2
from ingest_voice.adapters.last_step import LastStep
from ingest_voice.domain.lost_lines import LostLines
from local_stack.phone.process import phone

MakeVoice = Callable[..., VoiceProcess]
Decision = routing_events_pb2.Decision


def test_a_lost_line_is_followed_through_its_transfers():
    lines = LostLines(["a", "b"])
    said = [
        lines.transferred(*pair)
        for pair in (("a", "a2"), ("x", "y"), ("a2", "a3"), ("a", "a2"), ("b", "b"), ("a3", "b"))
    ]

    assert said == [True, False, True, False, False, True]
    assert [lines.line_of(one) for one in ("a", "a3", "b", "x")] == ["b", "b", "b", "x"]


async def test_how_far_an_earlier_process_came_stays_until_it_was_of_use(tmp_path: Path):
    clock = [0.0]
    path = tmp_path / "last_step"
    first = LastStep(path, lambda: clock[0])
    await first.start()
    first.go_on()
    for stamp, seconds in ((100, 0.0), (101, 0.5), (102, 1.5)):
        clock[0] = seconds
        first.note(stamp)
    second = LastStep(path, lambda: clock[0])
    await second.start()
    second.note(900)
    third = LastStep(path)
    await third.start()

    assert (first.before, second.before, third.before) == (None, 102, 102)


async def test_a_call_that_was_transferred_while_nobody_held_it_is_lost_as_what_it_became(
    make_voice: MakeVoice, around: World
):
    """First the call goes to a queue and on from there, another to a colleague: each of these
    lines is told once, and the contacts that the agents wrap up are not touched."""
    voice = make_voice()
    await voice.start()
    async with (
        phone("agent") as ana,
        phone("agent") as bob,
        phone("call", voice.address()),
        phone("call", voice.address()),
    ):
        await eventually(lambda: len(around.arrived()) == 2)
        moved, asked = around.arrived()
        await around.connect(moved, ana.port, "o1")
        await around.fact("agent_connected", lambda fact: fact.offer_id == "o1")
        await around.connect(asked, bob.port, "o2")
        await around.fact("agent_connected", lambda fact: fact.offer_id == "o2")
        await around.step(Decision(consult_started={"contact_id": asked,
                                                    "consult_contact_id": "consult"}))  # fmt: skip
        # It is in the journal before the kill.
        journal = Path(voice.environment["DATA_DIR"]) / "journal" / "calls.jsonl"
        await eventually(lambda: "consult" in journal.read_text())
        voice.kill()
        await voice.ended()
    await around.step(*transfer(moved, "second"))
    await around.step(*transfer(asked, "consult"))
    await around.step(*transfer("second", "third"))
    await voice.start()
    await around.fact("channel_failed", lambda fact: fact.contact_id == "third")
    # Decided before the router hears that the line is lost.
    await around.step(*transfer("third", "fourth"))
    await around.fact("channel_failed", lambda fact: fact.contact_id == "fourth")
    voice.terminate()
    await voice.ended()
    await voice.start()
    async with phone("call", voice.address()):
        await eventually(lambda: len(around.arrived()) == 3)

    assert sorted(around.failed()) == ["consult", "fourth", "third"]


def transfer(contact_id: str, new_contact_id: str) -> tuple[Any, ...]:
    moved = routing_events_pb2.ContactTransferred(
        contact_id=contact_id, new_contact_id=new_contact_id
    )
    over = routing_events_pb2.WrapUpStarted(contact_id=contact_id, is_transfer=True)
    return Decision(contact_transferred=moved), Decision(wrap_up_started=over)
