"""What contacts, offers and agents go through, named alike in the log and in a simulation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from router.domain.contact import Contact
from router.domain.reasons import OfferOutcome
from router.domain.record import Step
from router.domain.words import Channel, ContactState
from router.domain.workspace import Workspace


class Kind(StrEnum):
    """In the order in which they happen."""

    FLOW = "flow"
    WAIT = "wait"
    MADE = "made"
    RINGING = "ringing"
    CONNECTING = "connecting"
    TALK = "talk"
    WRAP_UP = "wrap_up"
    SILENT = "silent"


OFFER_KINDS = frozenset({Kind.MADE, Kind.RINGING, Kind.CONNECTING})
KIND_OF_STATE = {
    ContactState.IN_FLOW: Kind.FLOW,
    ContactState.QUEUED: Kind.WAIT,
    ContactState.OFFERED: Kind.WAIT,
    ContactState.CONNECTING: Kind.WAIT,
    ContactState.CONNECTED: Kind.TALK,
    ContactState.ON_HOLD: Kind.TALK,
    ContactState.WRAP_UP: Kind.WRAP_UP,
}
NOT_RESPONDING = "not_responding"
CUSTOMERS = frozenset({"arrival", "message", "transfer"})
"""Contacts opened so have a customer on the line who may lose patience."""


class Stage(NamedTuple):
    """`contact` is the name that both worlds give it; `number` counts the stages alike."""

    kind: Kind
    contact: str
    agent: str
    number: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A stage begins, or ends; `decision` says so. Without one the stage was there before."""

    stage: Stage
    is_begin: bool
    decision: Any


class Moment(NamedTuple):
    """A step of one world, when it was said (the log's stamps, never back), and on what."""

    step: Step
    at: int
    fact: Any
    name: Callable[[str], str]
    """What both worlds call a contact."""


class Place(NamedTuple):
    """Where a contact comes from, and where it waits or waited last."""

    queue: str = ""
    channel: str = ""
    entry_point: str = ""
    is_customer: bool = False
    """Somebody is on the line who may lose patience."""


NOWHERE = Place()


class Stages:
    """Follows the steps of one world.

    An id that the engine made from a step's number is another in each world: such a contact is
    called after the one before it.
    """

    def __init__(self, ws: Workspace) -> None:
        self.names: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self._places: dict[str, Place] = {}
        self._successors: dict[str, int] = {}
        self.current: dict[str, Stage] = {}
        self.silent: dict[str, Stage] = {}
        self.offers: dict[str, Stage] = {}
        """The last stage of each offer, by its id."""
        self.offer_ids: dict[tuple[str, str, int], str] = {}
        self._counts: dict[tuple[Kind, str, str], int] = {}
        self._seed(ws)

    def name(self, contact_id: str) -> str:
        """Return what both worlds call the contact."""
        return self.names.get(contact_id, contact_id)

    def id_of(self, name: str) -> str:
        """Return this world's id of a contact."""
        return self.ids.get(name, name)

    def offer_id_of(self, stage: Stage) -> str:
        """Return this world's id of the offer that the stage belongs to."""
        return self.offer_ids.get((stage.contact, stage.agent, stage.number), "")

    def place(self, name: str) -> Place:
        """Return where a contact is; nowhere for what is no contact."""
        return self._places.get(name, NOWHERE)

    def follow(self, step: Step, fact: Any) -> list[Turn]:
        """Return which stages ended and began, in order."""
        turns: list[Turn] = []
        for decided in step.decisions:
            follow = FOLLOWED.get(type(decided.decision).__name__)
            if follow is not None:
                turns += follow(self, decided.decision, fact)
        return turns

    def _seed(self, ws: Workspace) -> None:
        for contact_id, contact in ws.contacts.items():
            place = Place(
                contact.queue, contact.channel, contact.entry_point, _has_customer(contact)
            )
            self._name(contact_id, contact_id, place)
            kind = KIND_OF_STATE.get(contact.state)
            if kind is not None:
                self.current[contact_id] = self._next(kind, contact_id)
        for offer_id, offer in ws.offers.items():
            made = self._next(Kind.MADE, offer.contact_id, offer.agent_id)
            kind = Kind.RINGING if offer.rings_until else Kind.MADE
            kind = Kind.CONNECTING if offer.is_accepted else kind
            self.offers[offer_id] = made._replace(kind=kind)
            self.offer_ids[made.contact, made.agent, made.number] = offer_id
        for agent_id, agent in ws.agents.items():
            if agent.is_not_responding:
                self.silent[agent_id] = self._next(Kind.SILENT, "", agent_id)

    def _name(self, contact_id: str, name: str, place: Place) -> None:
        self.names[contact_id], self.ids[name], self._places[name] = name, contact_id, place

    def _next(self, kind: Kind, contact: str, agent: str = "") -> Stage:
        number = self._counts[kind, contact, agent] = (
            self._counts.get((kind, contact, agent), 0) + 1
        )
        return Stage(kind, contact, agent, number)

    def _opened(self, d: Any, fact: Any) -> Iterator[Turn]:
        name = d.contact_id
        before = self.name(d.lineage.previous_id)
        said = (getattr(fact, "contact_id", ""), getattr(fact, "new_contact_id", ""))
        if name not in said and before in self._places:
            self._successors[before] = self._successors.get(before, 0) + 1
            name = f"{before}>{self._successors[before]}"
        place = Place("", d.channel, d.entry_point, d.opened_by in CUSTOMERS)
        self._name(d.contact_id, name, place)
        yield from self._begin(Kind.FLOW, d)

    def _visit_opened(self, d: Any, fact: Any) -> Iterator[Turn]:
        """A contact that moves from queue to queue goes on waiting."""
        now, name = self.current.get(d.contact_id), self.name(d.contact_id)
        if now is None or now.kind is not Kind.WAIT:
            self._places[name] = self.place(name)._replace(queue=d.queue)
            yield from self._begin(Kind.WAIT, d)

    def _begin(self, kind: Kind, d: Any) -> Iterator[Turn]:
        yield from self._end(d)
        stage = self._next(kind, self.name(d.contact_id))
        self.current[d.contact_id] = stage
        yield Turn(stage, True, d)

    def _end(self, d: Any) -> Iterator[Turn]:
        stage = self.current.pop(d.contact_id, None)
        if stage is not None:
            yield Turn(stage, False, d)

    def _offer_made(self, d: Any, fact: Any) -> Iterator[Turn]:
        stage = self._next(Kind.MADE, self.name(d.contact_id), d.agent_id)
        self.offer_ids[stage.contact, stage.agent, stage.number] = d.offer_id
        self.offers[d.offer_id] = stage
        yield Turn(stage, True, d)

    def _offer_goes_on(self, kind: Kind, d: Any) -> Iterator[Turn]:
        stage = self.offers.get(d.offer_id)
        if stage is None:
            return
        yield Turn(stage, False, d)
        self.offers[d.offer_id] = stage._replace(kind=kind)
        yield Turn(self.offers[d.offer_id], True, d)

    def _offer_ended(self, d: Any, fact: Any) -> Iterator[Turn]:
        stage = self.offers.get(d.offer_id)
        if stage is None or (
            d.outcome is OfferOutcome.CONNECTED and stage.kind is not Kind.CONNECTING
        ):
            return
        yield Turn(stage, False, d)

    def _agent(self, d: Any, fact: Any) -> Iterator[Turn]:
        agent_id, is_silent = d.agent.agent_id, d.agent.not_routable_because == NOT_RESPONDING
        if is_silent == (agent_id in self.silent):
            return
        if is_silent:
            self.silent[agent_id] = self._next(Kind.SILENT, "", agent_id)
            yield Turn(self.silent[agent_id], True, d)
        else:
            yield Turn(self.silent.pop(agent_id), False, d)


def _has_customer(contact: Contact) -> bool:
    is_alone = getattr(contact, "is_callback", False) or getattr(contact, "consults_for", "")
    return not is_alone and contact.channel is not Channel.TASK


def _begins(kind: Kind) -> Callable[[Stages, Any, Any], Iterator[Turn]]:
    return lambda stages, d, fact: stages._begin(kind, d)


def _goes_on(kind: Kind) -> Callable[[Stages, Any, Any], Iterator[Turn]]:
    return lambda stages, d, fact: stages._offer_goes_on(kind, d)


FOLLOWED: dict[str, Callable[[Stages, Any, Any], Iterator[Turn]]] = {
    "ContactOpened": Stages._opened,
    "ContactSentToFlow": _begins(Kind.FLOW),
    "VisitOpened": Stages._visit_opened,
    "ContactConnected": _begins(Kind.TALK),
    "WrapUpStarted": _begins(Kind.WRAP_UP),
    "ContactEnded": lambda stages, d, fact: stages._end(d),
    "OfferMade": Stages._offer_made,
    "OfferRinging": _goes_on(Kind.RINGING),
    "ContactConnecting": _goes_on(Kind.CONNECTING),
    "OfferEnded": Stages._offer_ended,
    "AgentStateChanged": Stages._agent,
    "AgentSessionStarted": Stages._agent,
}
