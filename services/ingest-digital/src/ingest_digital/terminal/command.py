"""`contact-center chat`: be a customer in a web chat, in the terminal."""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import uuid
from pathlib import Path

from ingest_digital.terminal.line import ChatLine, Memory, Refused
from ingest_digital.terminal.screens import PlainScreen, Screen, TerminalScreen

DEFAULT_URL = "ws://127.0.0.1:7202/v1/chat"
ACK_SECONDS = 30.0
LEAVE_SECONDS = 5.0
SHORTEST_VISITOR = 8


def main(argv: list[str]) -> int:
    """Chat until the customer leaves; 0, or 1 when the server will not have the chat."""
    options = _options(argv)
    try:
        return asyncio.run(_chat(options))
    except KeyboardInterrupt:
        return 130
    except Refused as refused:
        print(f"contact-center chat: {refused}", file=sys.stderr)
        return 1


async def _chat(options: argparse.Namespace) -> int:
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    screen: Screen = TerminalScreen() if is_terminal else PlainScreen()
    line = ChatLine(options.url, _start(options), _read(options.state), screen.show)
    connection = asyncio.create_task(line.run())
    typing = asyncio.create_task(_type(screen, line, options.linger))
    try:
        await asyncio.wait({connection, typing}, return_when=asyncio.FIRST_COMPLETED)
        if typing.done() and not connection.done():
            typing.result()
            await asyncio.wait({connection}, timeout=LEAVE_SECONDS)
    finally:
        _write(options.state, line)
        for task in (typing, connection):
            task.cancel()
        outcomes = await asyncio.gather(connection, typing, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return 0


async def _type(screen: Screen, line: ChatLine, linger: float) -> None:
    async for text in screen.lines():
        if text.strip() == "/leave":
            break
        if text.strip():
            await line.say(text)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ACK_SECONDS):
            await line.all_acked.wait()
    if not isinstance(screen, TerminalScreen):
        # The end of the input is not the end of the answers.
        await asyncio.sleep(linger)
    await line.leave()


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="contact-center chat",
        description="Be a customer in a web chat. /leave or Ctrl-D ends the chat.",
    )
    parser.add_argument("--url", default=os.environ.get("CHAT_URL", DEFAULT_URL))
    parser.add_argument("--entry-point", default="web")
    parser.add_argument("--visitor", default="", help="the browser's secret id; default: a new one")
    parser.add_argument("--identity-token", default="", help="a JWT of the company's web site")
    parser.add_argument("--topic", default="")
    parser.add_argument("--state", type=Path, help="keep the chat here, to come back to it")
    parser.add_argument(
        "--linger", type=float, default=2.0, help="seconds to listen after the end of piped input"
    )
    return parser.parse_args(argv)


def _start(options: argparse.Namespace) -> dict[str, str]:
    visitor = options.visitor or f"terminal-{uuid.uuid4()}"
    if len(visitor) < SHORTEST_VISITOR:
        visitor = f"terminal-visitor-{visitor}"
    start = {"entry_point": options.entry_point, "visitor_id": visitor, "topic": options.topic}
    if options.identity_token:
        start["identity_token"] = options.identity_token
    return start


def _read(state: Path | None) -> Memory:
    if state is None or not state.exists():
        return Memory()
    return Memory(**json.loads(state.read_text()))


def _write(state: Path | None, line: ChatLine) -> None:
    if state is None or not line.memory.conversation_id:
        return
    if line.over.is_set():
        state.unlink(missing_ok=True)
        return
    known = line.memory
    content = {
        "conversation_id": known.conversation_id,
        "token": known.token,
        "last_seq": known.last_seq,
    }
    with os.fdopen(os.open(state, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(content, out)
