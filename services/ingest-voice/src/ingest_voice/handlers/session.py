"""One call that we hold: its state, and the effects of its changes, one after the other."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest_voice.domain.call import Call, Change
from ingest_voice.domain.effects import Effect

log = logging.getLogger(__name__)

_REMEMBERED_COMMANDS = 256
_MAX_HELD_BACK = 64
_MAX_EFFECTS = 500

Input = Callable[[Call], Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """Whom a callback calls, and until when (loop's time). The address is nobody's to log."""

    command_id: str
    address: str = field(repr=False)
    until: float


@dataclass(slots=True)
class Session:
    """A customer's call while it lasts. `call.contact_id` changes with a transfer."""

    call: Call
    conversation_id: str
    key_id: str
    effects: "asyncio.Queue[Effect | None]" = field(default_factory=asyncio.Queue)
    is_answered: bool = False
    held_back: list[Input] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None
    commands: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    work: "asyncio.Task[None] | None" = None
    # Under which names it is held.
    bound: tuple[str, ...] = ()
    # Of a callback.
    dialled: Dialled | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The contacts that live and die with the call."""
        call = self.call
        return (call.contact_id, *((call.consult.contact_id,) if call.consult else ()))

    def apply(self, change: Input) -> None:
        """Change the call now; its effects follow in order. Before the answer: keep it."""
        if not self.is_answered:
            if len(self.held_back) < _MAX_HELD_BACK:
                self.held_back.append(change)
            return
        self.call, effects = change(self.call)
        for effect in effects:
            self.effects.put_nowait(effect)

    @property
    def is_overrun(self) -> bool:
        """Whether more is wanted of the call than can be done."""
        return self.effects.qsize() > _MAX_EFFECTS

    def answered(self) -> None:
        """What was wanted before the answer happens now."""
        self.is_answered = True
        waiting, self.held_back = self.held_back, []
        for change in waiting:
            self.apply(change)

    def is_new(self, command_id: str) -> bool:
        """Whether the command was not carried out before; it is remembered."""
        if command_id in self.commands:
            return False
        self.commands[command_id] = None
        if len(self.commands) > _REMEMBERED_COMMANDS:
            self.commands.popitem(last=False)
        return True

    def start_timer(self, seconds: float, fire: Callable[[], None]) -> None:
        """Replace the timer."""
        self.stop_timer()
        self.timer = asyncio.get_running_loop().call_later(seconds, fire)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
