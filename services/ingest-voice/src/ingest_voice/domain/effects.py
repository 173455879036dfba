"""What a change of a call asks for: of the engine, of the clock, of the log."""

from dataclasses import dataclass

from ingest_voice.domain.dialling import DialCustomer, NoteDial
from ingest_voice.domain.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How the answer to a prompt is collected."""

    max_digits: int
    terminator: str
    timeout_seconds: float
    digit_timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One thing to say; with a question, its answer is awaited before the next is said."""

    message_id: str
    text: str
    is_interruptible: bool = True
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    utterance: Utterance


@dataclass(frozen=True, slots=True)
class StopSpeech:
    pass


@dataclass(frozen=True, slots=True)
class PlayMusic:
    pass


@dataclass(frozen=True, slots=True)
class PlaySilence:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Call an agent's phone, for the contact that it will see."""

    contact_id: str
    leg_key: str
    address: str
    timeout_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """From now on these legs hear each other, and the customer if he is with them."""

    leg_keys: tuple[str, ...]
    has_customer: bool


@dataclass(frozen=True, slots=True)
class StartRecording:
    contact_id: str


@dataclass(frozen=True, slots=True)
class StopRecording:
    pass


@dataclass(frozen=True, slots=True)
class HangUpCustomer:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpAgent:
    leg_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    """Replaces the call's timer, if one runs."""

    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    pass


@dataclass(frozen=True, slots=True)
class Tell:
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebind:
    """The customer's leg goes on under another contact."""

    old_contact_id: str
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A consult about the customer's contact lives and dies with this call."""

    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollow:
    contact_id: str


@dataclass(frozen=True, slots=True)
class Forget:
    """The call is over and every fact about it was told before."""


Effect = (
    Speak
    | StopSpeech
    | PlayMusic
    | PlaySilence
    | Dial
    | DialCustomer
    | NoteDial
    | Talk
    | StartRecording
    | StopRecording
    | HangUpCustomer
    | HangUpAgent
    | StartTimer
    | StopTimer
    | Tell
    | Rebind
    | Follow
    | Unfollow
    | Forget
)
