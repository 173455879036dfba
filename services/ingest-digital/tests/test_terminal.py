"""The chat client for the terminal, as a program with pipes."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from digital_people import PlayedRouter
from digital_replica import RunningApp, Start
from digital_topics import TopicReader

from chassis.testing import eventually, free_port
from ingest_digital.terminal.line import ChatLine, Memory
from ingest_digital.terminal.screens import PlainScreen

PROGRAM = (
    "import sys; from ingest_digital.terminal.command import main; sys.exit(main(sys.argv[1:]))"
)


async def run(*options: str, typed: str = "") -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(typed.encode()), 30)
    return process.returncode, output.decode()


async def test_lines_in_and_lines_out(
    router: PlayedRouter, app: RunningApp, topics: TopicReader
) -> None:
    code, output = await run("--url", app.url, "--linger", "0.5", typed="Hello\nAnybody?\n")

    assert code == 0
    assert "customer: Hello\ncustomer: Anybody?\n" in output
    assert len(await topics.facts("customer_messaged")) == 2
    assert len(await topics.facts("customer_left")) == 1


async def test_what_was_typed_here_is_known_as_such_whichever_of_its_frames_comes_first() -> None:
    """The window may show a message before the server's acknowledgement is here."""
    heard: list[dict[str, Any]] = []
    line = ChatLine("ws://nowhere", {}, Memory(), heard.append)
    await line.say("Hello")
    (sent_id,) = line._unacked
    said = {"type": "message", "author": "customer"}
    await line._take({**said, "seq": 1, "message_id": "mine"})
    await line._take({**said, "seq": 2, "message_id": "typed elsewhere"})
    await line._take({"type": "message", "author": "agent", "seq": 3, "message_id": "theirs"})
    await line._take({"type": "ack", "client_msg_id": sent_id, "message_id": "mine"})

    told = {f["message_id"]: f.get("is_mine", False) for f in heard if f["type"] == "message"}
    assert told == {"mine": True, "typed elsewhere": False, "theirs": False}


@pytest.mark.parametrize(
    ("low", "high", "gone", "words"),
    [
        (119, 241, 0, ", about 1–5 minutes"),
        (0, 60, 0, ", less than a minute"),
        (0, 61, 0, ", up to 2 minutes"),
        (119, 241, 70, ", up to 3 minutes"),
        (119, 241, 241, ""),
    ],
)
def test_how_long_it_takes_is_shown(
    low: float, high: float, gone: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the window comes back to a chat that waits, what is left of it."""
    screen = PlainScreen()
    screen.show({"type": "state", "state": "waiting"})
    told_at = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    wait = {"low_seconds": low, "high_seconds": high, "told_at": told_at.isoformat()}
    at = (told_at + timedelta(seconds=gone)).isoformat()
    screen.show({"type": "state", "state": "waiting", "at": at, "wait": wait})
    first, second = capsys.readouterr().out.splitlines()

    assert first == "*: waiting for somebody …"
    assert second.startswith(f"*: waiting for somebody{words}")


async def test_a_refusal_is_said_and_the_program_fails(
    router: PlayedRouter, app: RunningApp
) -> None:
    code, output = await run("--url", app.url, "--entry-point", "nowhere")

    assert code == 1
    assert "nowhere" in output


async def test_the_line_comes_back_and_resends(
    router: PlayedRouter, start: Start, topics: TopicReader, tmp_path: Path
) -> None:
    """Said while no replica listens, heard by the next one, once and in order."""
    port = free_port()
    first = await start(chat_port=port)
    heard: list[dict[str, object]] = []
    begin = {"entry_point": "web", "visitor_id": "visitor-on-the-line"}
    line = ChatLine(f"ws://127.0.0.1:{port}/v1/chat", begin, Memory(), heard.append)
    work = asyncio.create_task(line.run())
    await line.say("One")
    await line.all_acked.wait()
    await first.end()
    await eventually(lambda: heard[-1]["type"] == "offline")
    await line.say("Two")
    await line.say("Three")
    await start(chat_port=port)
    await asyncio.wait_for(line.all_acked.wait(), 60)
    await eventually(lambda: [f["text"] for f in heard if f["type"] == "message"][-1] == "Three")
    await line.leave()
    await asyncio.wait_for(work, 60)

    assert [f["text"] for f in heard if f["type"] == "message"] == ["One", "Two", "Three"]
    assert len(await topics.facts("contact_arrived")) == 1
