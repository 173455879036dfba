"""Each decision about a contact as one sentence for people."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from contact_center.v1 import routing_events_pb2 as pb

MOST_NEEDS = 8

Write = Callable[[Any, int], str]
"""Of a decision and the engine time at which it was made, in milliseconds."""


def sentence(name: str, body: Any, now: int = 0) -> str:
    """Return what was decided; a decision of a newer router by its name alone.

    Instants of engine time are told as spans from now, because no clock on a wall shows them.
    """
    write = SENTENCES.get(name)
    return _spaced(name) if write is None else write(body, now)


def passed_over(offer: pb.OfferMade, contact_id: str, now: int = 0) -> str:
    """Return why another contact was taken."""
    found = {candidate.id: candidate for candidate in offer.explanation.best}
    first, own = found.get(offer.contact_id), found.get(contact_id)
    head = f"{offer.agent_id} became free and got {offer.contact_id} instead"
    if first is None or own is None:
        return head
    mine = {compared.what: compared.value for compared in own.compared}
    for compared in first.compared:
        value = mine.get(compared.what, "")
        if value != compared.value:
            better = in_words(compared.what, compared.value, now)
            worse = in_words(compared.what, value, now)
            if better == worse:
                by = span(abs(float(compared.value) - float(value)) / 1000)
                return f"{head}: {better}, {by} longer than this one"
            return f"{head}: {better} comes before {worse}"
    return f"{head}: equal in all, and its id comes first"


def in_words(what: str, value: str, now: int) -> str:
    """Return what was compared as people say it: how long, how long ago, or as it is."""
    name = what.removesuffix("_seconds").removesuffix("_since").replace("_", " ")
    if what.endswith(("_since", "_at")) and value.lstrip("-").isdigit():
        return f"{name} {span((now - int(value)) / 1000)}"
    if what.endswith("_seconds") and value:
        return f"{name} {span(float(value))}"
    return f"{name} {value or 'none'}"


def span(seconds: float) -> str:
    """Return how long: 12.5 s, 3 min 20 s, 2 h 05 min."""
    if abs(seconds) < 100:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def word(message: Any, field: str) -> str:
    """Return the value of an enum field as a word: PARTY_CUSTOMER is customer."""
    enum = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    value = enum.values_by_number.get(getattr(message, field))
    if value is None or value.number == 0:
        return ""
    return str(value.name).removeprefix(prefix).lower()


def _opened(d: pb.ContactOpened, now: int) -> str:
    by = word(d, "opened_by")
    how = {"arrival": "arrived", "message": "opened by a message", "": "opened"}
    before = f", follows {d.lineage.previous_id}" if d.lineage.previous_id else ""
    flow = f"; flow {d.flow} starts" if d.flow else ""
    where = f" at {d.entry_point}" if d.entry_point else ""
    return f"{how.get(by, f'opened by {_spaced(by)}')}: {word(d, 'channel')}{where}{before}{flow}"


def _bound(d: pb.CustomerBound, now: int) -> str:
    if d.is_new:
        return "the customer is new"
    about = [
        f"tier {d.tier}" if d.tier else "",
        f"{d.contact_count} contacts before" if d.contact_count else "",
        f"last served by {d.last_agent_id}" if d.last_agent_id else "",
    ]
    told = ", ".join(part for part in about if part)
    return f"the customer is known{f' ({told})' if told else ''}"


def _visit_opened(d: pb.VisitOpened, now: int) -> str:
    because = word(d, "because")
    needs = [*_levels(d.requirements), *_needs(d.needs)]
    parts = [
        f"waits in {d.queue}" + (f" (by {_spaced(because)})" if because else ""),
        f"needs {', '.join(needs[:MOST_NEEDS])}" if needs else "",
        f"priority {d.priority}" if d.priority else "",
        f"for {d.preferred_agent_id} alone for {_left(d.preferred_until, now)}"
        if d.preferred_agent_id and d.HasField("preferred_until")
        else "",
    ]
    return "; ".join(part for part in parts if part)


def _visit_ended(d: pb.VisitEnded, now: int) -> str:
    by = f" by {d.agent_id}" if d.agent_id else ""
    return f"leaves {d.queue}: {_spaced(word(d, 'exit'))}{by}"


def _offer_made(d: pb.OfferMade, now: int) -> str:
    marks = [
        f"ring {d.ring}" if d.ring else "",
        "over capacity" if d.is_over_capacity else "",
        "for this agent alone" if d.is_direct else "",
    ]
    about = ", ".join(mark for mark in marks if mark)
    why = d.explanation.sentence.replace(d.contact_id, "it")
    why = why.replace("comes first of 1 contacts that wait for", "is all that waits for")
    return f"offered to {d.agent_id}{f' ({about})' if about else ''}: {why}"


def _offer_ended(d: pb.OfferEnded, now: int) -> str:
    outcome, reason = word(d, "outcome"), f" ({d.reason_code})" if d.reason_code else ""
    told = {
        "accepted": f"{d.agent_id} accepted",
        "connected": f"{d.agent_id} is connected",
        "failed": f"{d.agent_id} could not be reached{reason}",
        "rejected": f"{d.agent_id} refused{reason}",
        "timed_out": f"{d.agent_id} did not answer in time",
        "rescinded": f"another was faster than {d.agent_id}",
        "withdrawn": f"the offer to {d.agent_id} is withdrawn:"
        f" {_spaced(word(d, 'withdrawn_because'))}",
    }
    return told.get(outcome, f"the offer to {d.agent_id} is over")


def _connecting(d: pb.ContactConnecting, now: int) -> str:
    if d.with_agent_id:
        return f"{d.agent_id} and {d.with_agent_id} are being connected"
    return f"{d.agent_id}'s phone is dialled (at most {d.connect_seconds:g} s)"


def _held(d: pb.ContactHeld, now: int) -> str:
    return f"on hold: {f'{d.interrupted_by} broke in' if d.interrupted_by else d.agent_id}"


def _transferred(d: pb.ContactTransferred, now: int) -> str:
    target = d.to_agent_id or d.flow or d.queue
    return f"{d.from_agent_id} transfers to {target}: it goes on as {d.new_contact_id}"


def _wrap_up(d: pb.WrapUpStarted, now: int) -> str:
    why = "transferred" if d.is_transfer else "the line failed" if d.is_failure else ""
    why = why or f"ended by {word(d, 'ended_by') or 'the system'}"
    return f"over ({why}); {d.agent_id} wraps up"


def _ended(d: pb.ContactEnded, now: int) -> str:
    code = f", disposition {d.disposition}" if d.disposition else ""
    why = f" ({_spaced(d.reason)})" if d.reason else ""
    return f"ended: {_spaced(word(d, 'cause'))}{why}{code}"


def _estimated(d: pb.WaitEstimated, now: int) -> str:
    return (
        f"told to wait {d.low_seconds:.0f} to {d.high_seconds:.0f} s"
        f" ({d.coverage:.0%} sure, {d.ahead} ahead)"
    )


def _callback(d: pb.CallbackTaken, now: int) -> str:
    at = f" at {_clock(d.scheduled_at)}" if d.HasField("scheduled_at") else " in its turn"
    return f"would rather be called back{at}: it goes on as {d.new_contact_id}"


def _put_off(d: pb.CallbackPutOff, now: int) -> str:
    return f"not reached ({d.reason}), attempt {d.attempts}; again in {_left(d.until, now)}"


def _consult(d: pb.ConsultFinished, now: int) -> str:
    how = "the consulted agent goes on with it" if d.is_transfer else "the agent goes on alone"
    return f"the consult {d.consult_contact_id} is over: {how}"


def _rejected(d: pb.RecordRejected, now: int) -> str:
    detail = f" ({d.detail})" if d.detail else ""
    return f"refused: {_spaced(word(d, 'because'))}{detail}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _left(until: Any, now: int) -> str:
    return span((until.ToMilliseconds() - now) / 1000)


def _clock(stamp: Any) -> str:
    at: datetime = stamp.ToDatetime()
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _levels(requirements: Iterable[Any]) -> list[str]:
    return [f"{need.skill}:{need.level}" for need in requirements]


def _needs(needs: Any) -> list[str]:
    any_of = [" or ".join(_levels(group.skills)) for group in needs.any_of]
    teams = [f"team {' or '.join(needs.teams)}"] if needs.teams else []
    brand = [f"brand {needs.brand}"] if needs.brand else []
    return [*_levels(needs.skills), *any_of, *_levels(needs.languages), *teams, *brand]


SENTENCES: dict[str, Write] = {
    "contact_opened": _opened,
    "customer_bound": _bound,
    "message_received": lambda d, now: "the customer wrote",
    "visit_opened": _visit_opened,
    "visit_ended": _visit_ended,
    "offer_made": _offer_made,
    "offer_ringing": lambda d, now: f"shown to {d.agent_id}: rings for {_left(d.rings_until, now)}",
    "offer_ended": _offer_ended,
    "contact_connecting": _connecting,
    "contact_connected": lambda d, now: f"talks to {d.agent_id}",
    "contact_held": _held,
    "contact_resumed": lambda d, now: f"off hold: {d.agent_id}",
    "first_reply_made": lambda d, now: f"{d.agent_id} wrote for the first time",
    "contact_transferred": _transferred,
    "wrap_up_started": _wrap_up,
    "contact_ended": _ended,
    "ring_opened": lambda d, now: f"more agents are asked: ring {d.ring} is open",
    "wait_estimated": _estimated,
    "contact_sent_to_flow": lambda d, now: (
        f"goes to flow {d.flow} (by {_spaced(word(d, 'because'))})"
    ),
    "callback_taken": _callback,
    "callback_put_off": _put_off,
    "task_taken": lambda d, now: f"left a message: it goes on as task {d.new_contact_id}",
    "consult_started": lambda d, now: f"{d.agent_id} asks a colleague ({d.consult_contact_id})",
    "consult_finished": _consult,
    "conference_opened": lambda d, now: f"{d.agent_id} and {d.consulted_agent_id} both talk to it",
    "contact_priority_set": lambda d, now: f"priority {d.priority} from now on, by {d.by}",
    "record_rejected": _rejected,
}
