"""What the handlers need of the world."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ingest_voice.domain.dialling import Result
from ingest_voice.domain.engine_events import EngineEvent
from ingest_voice.domain.facts import ContactArrived, Fact

OnEngineEvent = Callable[[EngineEvent], None]


class EngineRefused(Exception):
    """The engine could not do what it was asked for."""


class CallGone(EngineRefused):
    """The call or leg that a command names has ended already; its last event says so."""


class NotTaken(Exception):
    """The log did not take a new contact. `is_unknown`: it may have it all the same."""

    def __init__(self, reason: str, *, is_unknown: bool) -> None:
        super().__init__(reason)
        self.is_unknown = is_unknown


class NotKept(Exception):
    """The journal could not be written."""


class NotNoted(Exception):
    """The intent of a dial could not be written: nobody is called."""


class NoKey(Exception):
    """No leased key is left for a new contact."""


class RecordingSink(Protocol):
    """Where a recording goes while it is made: 16-bit PCM, customer left, agent right."""

    @property
    def recording_id(self) -> str: ...

    def write(self, pcm: bytes) -> None:
        """Take about a second. Called from the media thread: must not block."""

    def finish(self) -> None:
        """No more will come."""


class VoiceEngine(Protocol):
    """A PBX, or what stands in for one. Commands raise CallGone for what has ended.

    A command's return means that it was sent, not that it took effect: effects are events.
    Events come in order per call, on the loop that started the engine.
    """

    async def start(self, on_event: OnEngineEvent) -> None: ...

    async def stop(self) -> None: ...

    async def answer(self, call_key: str) -> None: ...

    async def reject(self, call_key: str, status: int) -> None: ...

    async def hang_up(self, call_key: str) -> None: ...

    async def dial_customer(
        self, call_key: str, address: str, *, headers: dict[str, str], timeout_seconds: float
    ) -> None:
        """Call a customer: CallAnswered or CustomerNotReached follows."""

    def play(self, call_key: str, prompt_id: str, pcm: bytes, *, is_interruptible: bool) -> None:
        """Play 8 kHz 16-bit PCM once. A key ends it, if it is interruptible, at once."""

    def play_music(self, call_key: str) -> None:
        """Loop the hold music."""

    def stop_playing(self, call_key: str) -> None: ...

    async def dial(
        self,
        call_key: str,
        leg_key: str,
        address: str,
        *,
        headers: dict[str, str],
        timeout_seconds: float,
    ) -> None:
        """Call an agent's phone for this call; not joined until `talk`."""

    async def hang_up_leg(self, leg_key: str) -> None: ...

    def talk(self, call_key: str, leg_keys: tuple[str, ...], *, has_customer: bool) -> None:
        """From now on these legs, and the customer with them or not, hear each other.

        Whoever is left out hears nothing; the customer, what is played.
        """

    def record(self, call_key: str, sink: RecordingSink) -> None: ...

    def stop_recording(self, call_key: str) -> None:
        """End the recording, if there is one: RecordingFinished follows."""


class Speech(Protocol):
    """Turns text into 8 kHz 16-bit PCM."""

    async def pcm(self, text: str) -> bytes: ...


class Directory(Protocol):
    """Which number leads to which entry point, by the workspace's active policy."""

    def entry_point_of(self, to_uri: str) -> str | None: ...


class PhoneBook(Protocol):
    """What a SIP address says about who calls."""

    def caller_of(self, from_uri: str) -> str:
        """The number in E.164; empty when there is none."""


class Outbox(Protocol):
    """Tells facts in order, again and again until the log has them."""

    async def arrive(self, fact: ContactArrived) -> None:
        """Return once the log has it. Raises NotTaken after a short time."""

    def tell(self, fact: Fact, *, conversation_id: str, key_id: str) -> None: ...

    def when_told(self, done: Callable[[], None]) -> None:
        """Call `done` once everything told so far is in the log."""


class Journal(Protocol):
    """Which calls we hold, on disk, so that a restart knows what it lost."""

    async def opened(self, contact_id: str, *, has_number: bool) -> None:
        """Return when it is on disk. Raises NotKept."""

    def followed(self, contact_id: str) -> None:
        """A consult's contact, which ends with a call that is open already."""

    def rebound(self, old_contact_id: str, new_contact_id: str) -> None: ...

    def closed(self, contact_id: str) -> None: ...


class DialNotes(Protocol):
    """Our dials as effects: intent before, result after."""

    async def dialling(self, command_id: str) -> None:
        """Return once it is written that the customer is called now. Raises NotNoted."""

    def ended(self, command_id: str, result: Result) -> None:
        """Write the result, now or as soon as that is possible."""


class Keys(Protocol):
    """The keys of the contacts we hold."""

    async def hold(self, key_id: str) -> None:
        """Keep the key of a contact that others made. Raises NoKey."""

    async def take(self) -> str:
        """A fresh key's id, leased before and kept until it is released. Raises NoKey."""

    def release(self, key_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecording:
    contact_id: str
    uri: str
    sha256: str


class Recordings(Protocol):
    """Recordings, sealed while they are made."""

    def begin(self, contact_id: str, key_id: str) -> RecordingSink: ...

    def ended(self, recording_id: str, conversation_id: str, duration_seconds: float) -> None:
        """Remember, beyond a crash, that it is to be told."""

    async def stored(self, recording_id: str) -> StoredRecording | None:
        """Once a finished recording is whole on disk; None if it could not be kept."""

    def told(self, recording_id: str) -> None:
        """The log has it, or it could not be kept."""
