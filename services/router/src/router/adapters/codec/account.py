"""The account of a contact: of each step what is about it, as RoutingService says it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from contact_center.v1 import common_pb2, routing_events_pb2
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.codec.sentences import passed_over, sentence
from router.domain.candidates import Choice, Row

OFFER = "offer_made"


class Found(NamedTuple):
    """A record of routing-events that may be about the contact."""

    partition: int
    offset: int
    value: bytes


class ChoicePlace(NamedTuple):
    """An offer, and the record that led to it."""

    choice: Choice
    cause: int


def opens(found: Found, contact_id: str) -> bool:
    """Tell whether the contact begins in this step."""
    step = _step(found.value)
    return any(decision.contact_opened.contact_id == contact_id for decision in step.decisions)


def explained(found: Iterable[Found], contact_id: str) -> list[pb.ExplainedStep]:
    """Return the steps that say something about the contact, once each, in order."""
    steps: dict[int, pb.ExplainedStep] = {}
    for one in found:
        step = _explained(one, contact_id)
        if step is not None:
            steps.setdefault(step.step_number, step)
    return [steps[number] for number in sorted(steps)]


def recent(found: Iterable[Found], limit: int) -> list[pb.RecentContact]:
    """Return the contacts that these steps, the latest first, are about."""
    contacts: dict[str, pb.RecentContact] = {}
    for one in found:
        step = _step(one.value)
        now = step.engine_time.ToMilliseconds()
        for decision in reversed(step.decisions):
            name = decision.WhichOneof("decision") or ""
            body = getattr(decision, name, None)
            contact_id = getattr(body, "contact_id", "")
            if contact_id and contact_id not in contacts and len(contacts) < limit:
                contacts[contact_id] = pb.RecentContact(
                    contact_id=contact_id,
                    step_number=step.step_number,
                    stamped_at=step.stamped_at,
                    sentence=sentence(name, body, now),
                )
        if len(contacts) == limit:
            break
    return list(contacts.values())


def choices_in(steps: Iterable[pb.ExplainedStep], step_number: int = 0) -> list[ChoicePlace]:
    """Return the offers of the contact in these steps, or in one of them."""
    return [
        _choice(decision.decision.offer_made, step.cause.offset)
        for step in steps
        for decision in step.decisions
        if decision.decision.WhichOneof("decision") == OFFER
        and not decision.is_passed_over
        and step_number in (0, step.step_number)
    ]


def bounded(steps: list[pb.ExplainedStep], most: int, most_bytes: int) -> list[pb.ExplainedStep]:
    """Return what there is room for: what was decided about the contact itself goes first."""
    order = sorted(steps, key=lambda step: all(told.is_passed_over for told in step.decisions))
    kept, size = [], 0
    for step in order[:most]:
        size += step.ByteSize()
        if size > most_bytes:
            break
        kept.append(step)
    return sorted(kept, key=lambda step: step.step_number)


def is_over(response: pb.ExplainResponse) -> bool:
    """Tell whether the contact has ended."""
    told = (told.decision for step in response.steps for told in step.decisions)
    return any(said.contact_ended.contact_id == response.contact_id for said in told)


def add_lists(response: pb.ExplainResponse, lists: dict[str, list[Row] | str], room: int) -> None:
    """Put the lists of candidates to their offers, as many rows as there is room for.

    A text instead of a list says why there is none. One under the contact's own id says why it
    is offered to nobody.
    """
    wanted = [
        (told.decision.offer_made.offer_id, told)
        for step in response.steps
        for told in step.decisions
        if told.decision.HasField("offer_made") and not told.is_passed_over
    ]
    for offer_id, told in wanted:
        room = _put(told.full_list, lists[offer_id], room) if offer_id in lists else room
    waiting = lists.get(response.contact_id)
    if waiting:
        _put(response.waiting, waiting, room)


def _put(full: pb.CandidateList, rows: list[Row] | str, room: int) -> int:
    """Return how much room is left."""
    if isinstance(rows, str):
        full.problem = rows
        return room
    full.candidates.extend(_row(row) for row in rows[:room])
    full.left_out_count = max(len(rows) - room, 0)
    return max(room - len(rows), 0)


def _choice(offer: routing_events_pb2.OfferMade, cause: int) -> ChoicePlace:
    choice = Choice(
        offer_id=offer.offer_id,
        question=offer.explanation.question,
        contact_id=offer.contact_id,
        agent_id=offer.agent_id,
    )
    return ChoicePlace(choice, cause)


def _explained(found: Found, contact_id: str) -> pb.ExplainedStep | None:
    step = _step(found.value)
    now = step.engine_time.ToMilliseconds()
    about = [told for d in step.decisions if (told := _told(d, contact_id, now)) is not None]
    if not about:
        return None
    return pb.ExplainedStep(
        step_number=step.step_number,
        cause=step.cause,
        said_at=common_pb2.Position(partition=found.partition, offset=found.offset),
        event_id=step.event_id,
        event_type=step.event_type,
        stamped_at=step.stamped_at,
        engine_time=step.engine_time,
        engine_version=step.engine_version,
        policy_version=step.policy_version,
        decisions=about,
    )


def _told(decision: Any, contact_id: str, now: int) -> pb.ExplainedDecision | None:
    name = decision.WhichOneof("decision")
    if name is None:
        return None
    body = getattr(decision, name)
    if _is_about(body, contact_id):
        return pb.ExplainedDecision(decision=decision, sentence=sentence(name, body, now))
    if name == OFFER and any(one.id == contact_id for one in body.explanation.best):
        told = passed_over(body, contact_id, now)
        return pb.ExplainedDecision(decision=decision, sentence=told, is_passed_over=True)
    return None


def _is_about(body: Any, contact_id: str) -> bool:
    """Tell whether one of its contacts is this one, whichever way a decision names them."""
    return any(
        value == contact_id
        for field, value in body.ListFields()
        if field.name.endswith("contact_id") or field.name == "interrupted_by"
    )


def _row(row: Row) -> pb.CandidateVerdict:
    compared = [routing_events_pb2.Compared(what=what, value=value) for what, value in row.compared]
    return pb.CandidateVerdict(id=row.id, verdict=row.verdict, compared=compared)


def _step(value: bytes) -> routing_events_pb2.RoutingStep:
    """Return the step; an empty one for what no router wrote."""
    try:
        return routing_events_pb2.RoutingStep.FromString(value)
    except DecodeError:
        return routing_events_pb2.RoutingStep()
