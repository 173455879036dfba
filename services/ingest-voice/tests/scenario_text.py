"""Calls as text: what happens above the line, what is done about it below."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ingest_voice.domain import effects as e
from ingest_voice.domain.call import AgentLeg, Call, Change
from ingest_voice.domain.calling_back import begin, customer_answered, customer_failed
from ingest_voice.domain.ending import customer_hung_up
from ingest_voice.domain.legs import leg_answered, leg_failed, leg_hung_up
from ingest_voice.domain.obeying import obey
from ingest_voice.domain.orders import (
    ConferenceOpened,
    Connecting,
    ConsultFinished,
    ConsultStarted,
    Ended,
    Held,
    OfferFailed,
    Order,
    Queued,
    Resumed,
    SentToFlow,
    Transferred,
    WrappedUp,
)

LINE = "----"


def parts(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Each part of a scenario: what happens, what is done."""
    text = "\n".join(ln for ln in path.read_text().splitlines() if not ln.startswith("#"))
    for part in text.strip().split("\n\n"):
        above, _, below = f"{part}\n".partition(f"{LINE}\n")
        yield above.splitlines(), below.splitlines()


def happen(call: Call, line: str) -> Change:
    """The change that a line above tells."""
    match line.split():
        case ["callback", contact, agent]:
            leg = AgentLeg(leg_key=f"k/{agent}", offer_id=agent, agent_id=agent)
            return begin("k", contact, leg, "sip:x@h", 9)
        case ["customer", "answers"]:
            return customer_answered(call)
        case ["customer", "fails", cause]:
            return customer_failed(call, cause)
        case ["customer", "hangs", "up"]:
            return customer_hung_up(call)
        case [agent, "answers"]:
            return leg_answered(call, f"k/{agent}")
        case [agent, "fails", reason]:
            return leg_failed(call, f"k/{agent}", reason)
        case [agent, "hangs", "up"]:
            return leg_hung_up(call, f"k/{agent}")
        case [contact, *words]:
            return obey(call, _order(contact, words))
    raise ValueError(line)


def _order(contact: str, words: list[str]) -> Order:
    match words:
        case ["connects", agent]:
            return Connecting(
                contact_id=contact, offer_id=agent, agent_id=agent, voice_address="sip:x@h",
                connect_seconds=9,
            )  # fmt: skip
        case ["withdrawn", agent]:
            return OfferFailed(contact_id=contact, offer_id=agent)
        case ["consults", other]:
            return ConsultStarted(contact_id=contact, consult_contact_id=other)
        case ["consult", other, "over"]:
            return ConsultFinished(contact_id=contact, consult_contact_id=other)
        case ["conference", other]:
            return ConferenceOpened(contact_id=contact, consult_contact_id=other)
        case ["transferred", other, *flow]:
            return Transferred(contact_id=contact, new_contact_id=other, is_to_flow=bool(flow))
        case ["ended"]:
            return Ended(contact_id=contact, is_by_flow=False)
        case [word]:
            plain: dict[str, Callable[..., Order]] = {
                "held": Held, "resumed": Resumed, "queued": Queued, "wrapped-up": WrappedUp,
                "sent-to-flow": SentToFlow,
            }  # fmt: skip
            return plain[word](contact_id=contact)
    raise ValueError(f"{contact} {' '.join(words)}")


def told(effect: e.Effect) -> str:
    """The line below that an effect is."""
    match effect:
        case e.Talk():
            legs = [key.removeprefix("k/") for key in effect.leg_keys]
            return " ".join(["talk", *(["customer"] if effect.has_customer else []), *legs])
        case e.Dial():
            return f"dial {effect.leg_key.removeprefix('k/')} for {effect.contact_id}"
        case e.NoteDial():
            return f"note {effect.result}"
        case e.HangUpAgent():
            return f"hang up {effect.leg_key.removeprefix('k/')}"
        case e.StartRecording() | e.Follow() | e.Unfollow():
            return f"{_words(effect)} {effect.contact_id}"
        case e.Rebind():
            return f"{effect.old_contact_id} becomes {effect.contact_id}"
        case e.Tell():
            fact = effect.fact
            who = getattr(fact, "agent_id", "") or getattr(fact, "by", "")
            reason = getattr(fact, "reason", "")
            words = (type(fact).__name__, fact.contact_id, who, reason)
            return " ".join(["tell", *(str(word) for word in words if word)])
        case _:
            return _words(effect)


def _words(effect: e.Effect) -> str:
    name = type(effect).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
