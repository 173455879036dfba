"""Commands whose results are awaited: kept until answered, sent again by the same id."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from contact_center_agent import wire
from contact_center_agent.backoff import Backoff

AGAIN = frozenset({wire.UNAVAILABLE, wire.UNKNOWN})


@dataclass(slots=True, kw_only=True)
class Command:
    """One command and what came of it so far."""

    request: wire.WorkRequest
    outcome: asyncio.Future[wire.CommandResult]
    last: wire.CommandResult | None = None
    repeats: bool = True
    was_sent: bool = False
    backoff: Backoff = field(default_factory=Backoff)
    timer: asyncio.TimerHandle | None = None

    def so_far(self, why: str) -> wire.CommandResult:
        """What is known of it when nobody waits any longer."""
        if self.last is not None:
            return self.last
        return wire.result(
            self.request.command_id, "UNKNOWN" if self.was_sent else "UNAVAILABLE", why
        )


@dataclass(slots=True)
class Lane:
    """Who goes first, and how many are on it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Pending:
    """Sends commands until each has a final result; those about one thing one after the other."""

    def __init__(self, send: Callable[[wire.WorkRequest], bool]) -> None:
        self._send = send
        self._commands: dict[str, Command] = {}
        self._lanes: dict[str, Lane] = {}

    async def carry_out(
        self, request: wire.WorkRequest, within: float, *, repeats: bool = True
    ) -> wire.CommandResult:
        """The result; UNKNOWN or UNAVAILABLE when there was none in time."""
        outcome: asyncio.Future[wire.CommandResult] = asyncio.get_running_loop().create_future()
        command = Command(request=request, outcome=outcome, repeats=repeats)
        try:
            async with asyncio.timeout(within), self._lane(wire.lane_of(request)):
                self._commands[request.command_id] = command
                self._try(command)
                return await outcome
        except TimeoutError:
            return command.so_far(f"no result within {within:g} s")
        finally:
            self._commands.pop(request.command_id, None)
            if command.timer is not None:
                command.timer.cancel()

    def send_again(self) -> None:
        """There is a new stream: all that is not answered is said on it, in order."""
        for command in list(self._commands.values()):
            self._try(command)

    def take(self, result: wire.CommandResult) -> None:
        """A result came; one that is not final is asked for again after a pause."""
        command = self._commands.get(result.command_id)
        if command is None or command.outcome.done():
            return
        if result.code not in AGAIN or not command.repeats:
            command.outcome.set_result(result)
            return
        command.last = result
        loop = asyncio.get_running_loop()
        command.timer = loop.call_later(command.backoff.pause(), self._try, command)

    def stream_broke(self, why: str) -> None:
        """What was sent may have been heard: only what may be said twice is kept."""
        for command in list(self._commands.values()):
            if not command.repeats and not command.outcome.done():
                command.outcome.set_result(command.so_far(why))

    def end(self, why: str) -> None:
        """There will be no other stream."""
        for command in list(self._commands.values()):
            if not command.outcome.done():
                command.outcome.set_result(command.so_far(why))

    def _try(self, command: Command) -> None:
        if command.timer is not None:
            command.timer.cancel()
            command.timer = None
        if not command.outcome.done() and self._send(command.request):
            command.was_sent = True
            # What was said of the time before does not hold for this one.
            command.last = None

    @asynccontextmanager
    async def _lane(self, name: str) -> AsyncIterator[None]:
        """What is said about one contact or offer waits for what was said before."""
        lane = self._lanes.setdefault(name, Lane())
        lane.users += 1
        try:
            async with lane.lock:
                yield
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[name]
