"""What an agent's screen knows; no terminal, no wire."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime

MAX_LINES = 500
MAX_NOTICES = 50
MAX_PEOPLE = 50


@dataclass(slots=True, kw_only=True)
class Line:
    """One message of a transcript."""

    message_id: str
    said_at: datetime | None
    author: str  # customer, agent, flow, system
    author_id: str = ""
    text: str = ""
    subject: str = ""
    attachments: tuple[str, ...] = ()
    is_readable: bool = True
    delivery: str = ""


@dataclass(slots=True, kw_only=True)
class PastContact:
    """A contact that the customer had before."""

    contact_id: str
    channel: str
    arrived_at: datetime | None
    how: str  # disposition, or cause
    note: str = ""


@dataclass(slots=True, kw_only=True)
class Person:
    """The customer, as far as crm says."""

    name: str = ""
    tier: str = ""
    identities: tuple[tuple[str, str, bool], ...] = ()  # kind, address, is verified
    contact_count: int = 0
    last_contacts: tuple[PastContact, ...] = ()
    is_known: bool = False
    is_late: bool = False

    @property
    def called(self) -> str:
        """A name, or else an address people can tell apart; empty when neither is known."""
        if self.name or not self.identities:
            return self.name
        kind, address, _ = min(self.identities, key=lambda identity: identity[0] == "chat")
        return f"visitor …{address[-6:]}" if kind == "chat" else address


@dataclass(slots=True, kw_only=True)
class Contact:
    """A contact in hand."""

    contact_id: str
    channel: str
    state: str
    queue: str = ""
    # Both on the screen's own clock: the engine's time is not that of the wall.
    since: float = 0.0
    until: float | None = None
    ended_by: str = ""
    # consult (it goes on about this customer), asked (this is one), conference; or empty.
    consult: str = ""
    # The consult about this customer, on which the agent writes to the colleague.
    consult_id: str = ""
    person: Person = field(default_factory=Person)
    lines: list[Line] = field(default_factory=list)
    is_complete: bool = True
    is_loaded: bool = False
    unread: int = 0
    draft: str = ""
    subject: str = ""

    @property
    def is_call(self) -> bool:
        """Spoken, on the agent's phone."""
        return self.channel in ("voice", "video")

    @property
    def is_mail(self) -> bool:
        """Answered with subject and text."""
        return self.channel == "email"

    @property
    def title(self) -> str:
        """Whom the agent speaks to, as well as is known."""
        return self.person.called or f"{self.channel} customer"

    def reply_subject(self) -> str:
        """The subject of the next mail: chosen, or that of the thread."""
        if self.subject:
            return self.subject
        last = next((line.subject for line in reversed(self.lines) if line.subject), "")
        return last if not last or last.lower().startswith("re:") else f"Re: {last}"


@dataclass(slots=True, kw_only=True)
class Offer:
    """An offer that may be taken."""

    offer_id: str
    contact_id: str
    channel: str
    queue: str
    ring_seconds: float
    rings_until: float | None = None  # on the screen's own clock
    person: Person = field(default_factory=Person)
    reason: str = ""

    def seconds_left(self, clock: float) -> float | None:
        """How long it still rings; None before it does."""
        return None if self.rings_until is None else max(0.0, self.rings_until - clock)


@dataclass(slots=True, kw_only=True)
class Notice:
    """A sentence for the agent."""

    at: datetime
    text: str
    is_error: bool = False


@dataclass(slots=True)
class View:
    """Everything on the screen; contacts keep the order in which they came."""

    agent_id: str
    workspace: str = ""
    address: str = ""
    is_connected: bool = False
    trouble: str = "connecting …"
    presence: str = "offline"
    reason: str = ""
    next_presence: str = ""
    not_routable_because: str = ""
    is_over: bool = False
    queues: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    break_reasons: tuple[str, ...] = ()
    contacts: dict[str, Contact] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    selected_id: str = ""
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=MAX_NOTICES))

    @property
    def selected(self) -> Contact | None:
        """The contact whose transcript is shown."""
        return self.contacts.get(self.selected_id)

    @property
    def first_offer(self) -> Offer | None:
        """The offer that accept and reject are about."""
        return next(iter(self.offers.values()), None)

    def select(self, contact_id: str) -> None:
        """Show that contact's transcript; what it said is read."""
        if contact_id in self.contacts:
            self.selected_id = contact_id
            self.contacts[contact_id].unread = 0

    def select_number(self, number: int) -> bool:
        """Show the n-th contact, counted from 1; False when there is none."""
        ids = list(self.contacts)
        if not 1 <= number <= len(ids):
            return False
        self.select(ids[number - 1])
        return True

    def select_next(self, step: int) -> None:
        """Go round through the contacts."""
        ids = list(self.contacts)
        if ids:
            here = ids.index(self.selected_id) if self.selected_id in ids else -1
            self.select(ids[(here + step) % len(ids)])

    def tidy_selection(self) -> None:
        """Something is selected while there is something."""
        if self.selected_id not in self.contacts:
            self.selected_id = ""
            self.select(next(iter(self.contacts), ""))

    def add_line(self, contact_id: str, line: Line) -> None:
        """A new message; one that is there already is not shown twice."""
        contact = self.contacts.get(contact_id)
        if contact is None or any(line.message_id == seen.message_id for seen in contact.lines):
            return
        contact.lines.append(line)
        del contact.lines[:-MAX_LINES]
        if contact_id != self.selected_id and line.author != "agent":
            contact.unread += 1

    def introduce(self, contact_id: str, person: Person) -> None:
        """Say whose contact it is, also when it is only in hand a moment later."""
        others = tuple(past for past in person.last_contacts if past.contact_id != contact_id)
        person = replace(person, last_contacts=others)
        known = self.people.pop(contact_id, None)
        if person.is_late and known is not None and known.is_known:
            person = known
        self.people[contact_id] = person
        for old in list(self.people)[:-MAX_PEOPLE]:
            del self.people[old]
        if contact_id in self.contacts:
            self.contacts[contact_id].person = person
        for offer in self.offers.values():
            if offer.contact_id == contact_id:
                offer.person = person

    def notice(self, at: datetime, text: str, *, is_error: bool = False) -> None:
        """Say a sentence."""
        self.notices.append(Notice(at=at, text=text, is_error=is_error))
