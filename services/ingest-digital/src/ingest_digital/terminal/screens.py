"""Where the chat is read and typed: a terminal, or pipes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from math import ceil, floor
from typing import Any, Protocol

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.patch_stdout import patch_stdout

Frame = dict[str, Any]
COLOURS = {"agent": "ansigreen", "flow": "ansicyan", "system": "ansiyellow"}
STATES = {
    "waiting": "waiting for somebody{about} …",
    "connected": "connected with {agent_name}",
    "ended": "the chat has ended",
}


_instant = datetime.fromisoformat


class Screen(Protocol):
    """Shows frames and gives what the customer types."""

    def show(self, frame: Frame) -> None: ...

    def lines(self) -> AsyncIterator[str]: ...


class PlainScreen:
    """Lines in, lines out: for scripts."""

    def show(self, frame: Frame) -> None:
        """One line for each thing that a customer would notice."""
        said = _said(frame)
        if said is not None:
            print(f"{said[0]}: {said[1]}", flush=True)

    async def lines(self) -> AsyncIterator[str]:
        """The lines of the standard input, as they come."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            yield line.rstrip("\n")


class TerminalScreen:
    """A prompt at the bottom, the chat above it."""

    def __init__(self) -> None:
        self._session: PromptSession[str] = PromptSession()

    def show(self, frame: Frame) -> None:
        """The message in the colour of its author; one's own were seen when they were typed."""
        if frame.get("is_mine"):
            return
        said = _said(frame)
        if said is not None:
            who, text = said
            colour = COLOURS.get(frame.get("author", ""), "ansibrightblack")
            print_formatted_text(FormattedText([(f"{colour} bold", f"{who}: "), ("", text)]))

    async def lines(self) -> AsyncIterator[str]:
        """What is typed, until Ctrl-D."""
        with patch_stdout():
            while True:
                try:
                    yield await self._session.prompt_async("you> ")
                except EOFError:
                    return


def _said(frame: Frame) -> tuple[str, str] | None:
    match frame["type"]:
        case "message":
            who = frame.get("author_name") or frame["author"]
            choices = [f"[{c['value']}] {c['label']}" for c in frame.get("choices", ())]
            return who, "  ".join([frame["text"], *choices])
        case "state":
            known = {"agent_name": "an agent", "about": _about(frame), **frame}
            return "*", STATES[frame["state"]].format(**known)
        case "error":
            return "!", f"{frame['code']}: {frame.get('reason', '')}"
        case "offline":
            return "*", "no connection, trying again …"
    return None


def _about(frame: Frame) -> str:
    """What is left of a wait that was told, in minutes rounded outward; nothing once it is over."""
    wait = frame.get("wait")
    if wait is None:
        return ""
    gone = (_instant(frame["at"]) - _instant(wait["told_at"])).total_seconds()
    low = max(0, floor((wait["low_seconds"] - gone) / 60))
    high = ceil((wait["high_seconds"] - gone) / 60)
    if high <= 0:
        return ""
    if high <= 1:
        return ", less than a minute"
    return f", about {low}–{high} minutes" if low else f", up to {high} minutes"
