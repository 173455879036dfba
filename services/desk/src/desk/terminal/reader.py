"""What the stream says, put into the view."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from contact_center_agent import wire
from desk.terminal import words
from desk.terminal.view import Contact, Line, Offer, PastContact, Person, View


class Reader:
    """Applies events to a view; `clock` is monotonic, `now` is what people read."""

    def __init__(
        self,
        view: View,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._view = view
        self._clock = clock
        self._now = now
        self._limits: dict[str, datetime] = {}

    def apply(self, event: wire.Event) -> None:
        """Change the view as the event says; one that is not known is ignored."""
        change = getattr(self, f"_on_{wire.kind_of(event)}", None)
        if change is not None:
            change(wire.body_of(event))
            self._view.tidy_selection()

    def _on_connection_changed(self, body: wire.ConnectionChanged) -> None:
        view = self._view
        view.is_connected, view.address = body.is_connected, body.address
        view.trouble = "" if body.is_connected else f"{body.detail}; connecting again …"
        if not body.is_connected:
            view.offers.clear()

    def _on_snapshot(self, body: Any) -> None:
        view = self._view
        view.queues = tuple(body.queues)
        view.dispositions = tuple(body.dispositions)
        view.break_reasons = tuple(body.break_reasons)
        if not body.is_resumed:
            view.contacts.clear()
            view.offers.clear()
        self._take_state(body.agent)

    def _on_agent_state_changed(self, body: Any) -> None:
        self._take_state(body.agent)

    def _on_offer_shown(self, body: Any) -> None:
        made = body.offer
        offer = Offer(
            offer_id=made.offer_id,
            contact_id=made.contact_id,
            channel=wire.name_of("Channel", made.channel).lower(),
            queue=made.queue,
            ring_seconds=made.ring_seconds,
            reason=made.explanation.sentence,
        )
        self._view.offers[made.offer_id] = offer
        if made.opened_by_agent_id:
            self._say(f"{made.opened_by_agent_id} asks for your help")
        if body.HasField("customer"):
            self._view.introduce(made.contact_id, _person(body))

    def _on_offer_ringing(self, body: Any) -> None:
        offer = self._view.offers.get(body.offer_id)
        if offer is not None:
            offer.rings_until = self._clock() + offer.ring_seconds

    def _on_offer_ended(self, body: Any) -> None:
        offer = self._view.offers.pop(body.offer_id, None)
        outcome = wire.name_of("OfferOutcome", body.outcome)
        if outcome == "ACCEPTED" and offer is not None and offer.channel in ("voice", "video"):
            self._say("accepted: your phone rings now, pick it up")
        if outcome not in words.OUTCOMES:
            return
        text = words.OUTCOMES[outcome]
        if outcome == "WITHDRAWN":
            because = wire.name_of("WithdrawnBecause", body.withdrawn_because)
            text = f"{text}: {words.in_words(words.WITHDRAWN, because)}"
        self._say(text, is_error=outcome in ("FAILED", "TIMED_OUT"))

    def _on_contact_changed(self, body: Any) -> None:
        contact = self._view.contacts.get(body.contact_id)
        state = wire.name_of("ContactState", body.state).lower()
        if contact is None:
            return
        if state == "ended":
            del self._view.contacts[body.contact_id]
            self._say(f"{contact.title}: done")
            return
        is_news = contact.state != state
        self._take_contact_state(contact, state)
        if body.HasField("limit_at"):
            self._limits[contact.contact_id] = body.limit_at.ToDatetime(UTC)
        if body.ended_by:
            contact.ended_by = wire.name_of("Party", body.ended_by)
        if is_news and state == "wrap_up":
            ended = words.in_words(words.ENDED_BY, contact.ended_by or "SYSTEM")
            ended = "transferred" if body.new_contact_id else ended
            self._say(f"{contact.title}: {ended}; finish with /done DISPOSITION [note]")

    def _on_consult_started(self, body: Any) -> None:
        self._say("a colleague is being asked; the customer waits on hold")

    def _on_conference_opened(self, body: Any) -> None:
        self._say(f"conference of {body.agent_id}, {body.consulted_agent_id} and the customer")

    def _on_consult_finished(self, body: Any) -> None:
        is_asked = body.consulted_agent_id == self._view.agent_id
        if body.is_transfer:
            self._say("the customer is yours now" if is_asked else "the customer is handed over")
        elif is_asked:
            self._say("the consult is over; finish with /done DISPOSITION [note]")
        else:
            self._say("the consult is over: /resume takes the customer back")

    def _on_message_shown(self, body: Any) -> None:
        line = _line(body)
        for contact in self._view.contacts.values():
            if body.contact_id == contact.consult_id:
                line.text = f"[to each other] {line.text}"
                self._view.add_line(contact.contact_id, line)
                return
        self._view.add_line(body.contact_id, line)

    def _on_conversation_shown(self, body: Any) -> None:
        contact = self._view.contacts.get(body.contact_id)
        if contact is not None:
            contact.lines = [_line(message) for message in body.messages]
            contact.is_complete = body.is_complete
            contact.is_loaded = True

    def _on_delivery_updated(self, body: Any) -> None:
        contact = self._view.contacts.get(body.contact_id)
        for line in contact.lines if contact else ():
            if line.message_id == body.message_id:
                status = wire.name_of("DeliveryStatus", body.status)
                line.delivery = words.in_words(words.DELIVERIES, status)

    def _on_customer_shown(self, body: Any) -> None:
        person = Person(is_late=True) if body.is_late else _person(body)
        self._view.introduce(body.contact_id, person)

    def _on_session_replaced(self, body: Any) -> None:
        self._view.is_over = True
        self._view.is_connected = False
        self._view.trouble = "you signed in somewhere else; this screen is closed"
        self._say(self._view.trouble, is_error=True)

    def _take_state(self, state: Any) -> None:
        view = self._view
        view.presence = wire.name_of("Presence", state.presence).lower()
        view.reason = state.reason_code
        following = wire.name_of("Presence", state.next_presence).lower()
        view.next_presence = "" if following == "unspecified" else following
        view.not_routable_because = "" if state.is_routable else state.not_routable_because
        offered = {offer.offer_id: offer for offer in state.offers}
        for gone in view.offers.keys() - offered.keys():
            del view.offers[gone]
        for live in offered.values():
            self._take_offer(live)
        held = {contact.contact_id for contact in state.contacts}
        for gone in view.contacts.keys() - held:
            del view.contacts[gone]
        for contact in state.contacts:
            self._take_contact(contact)

    def _take_offer(self, live: Any) -> None:
        offer = self._view.offers.get(live.offer_id)
        if offer is None:
            offer = self._view.offers[live.offer_id] = Offer(
                offer_id=live.offer_id,
                contact_id=live.contact_id,
                channel=wire.name_of("Channel", live.channel).lower(),
                queue=live.queue,
                ring_seconds=live.ring_seconds,
                person=self._view.people.get(live.contact_id, Person()),
            )
        if live.HasField("rings_until") and offer.rings_until is None:
            offer.rings_until = self._clock() + live.ring_seconds

    def _take_contact(self, held: Any) -> None:
        contact = self._view.contacts.get(held.contact_id)
        state = wire.name_of("ContactState", held.state).lower()
        if contact is None:
            contact = self._view.contacts[held.contact_id] = Contact(
                contact_id=held.contact_id,
                channel=wire.name_of("Channel", held.channel).lower(),
                state=state,
                since=self._clock(),
            )
            contact.person = self._view.people.get(held.contact_id, contact.person)
        self._take_contact_state(contact, state)
        contact.queue = held.queue
        contact.consult = _consult(held)
        contact.consult_id = held.consult_contact_id
        limit_at = self._limits.pop(held.contact_id, None)
        if limit_at is not None and state == "wrap_up":
            # Both instants are the engine's: only their distance means something here.
            seconds = (limit_at - held.since.ToDatetime(UTC)).total_seconds()
            contact.until = self._clock() + seconds

    def _take_contact_state(self, contact: Contact, state: str) -> None:
        if contact.state != state:
            contact.state = state
            contact.since = self._clock()
            contact.until = None

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._view.notice(self._now(), text, is_error=is_error)


def result_in_words(result: wire.CommandResult) -> str:
    """Why a command did not work; empty when it did."""
    code = wire.name_of("ResultCode", result.code)
    if code == "OK":
        return ""
    if code == "REJECTED":
        because = wire.name_of("RejectedBecause", result.because)
        return words.in_words(words.BECAUSE, because)
    if code == "UNKNOWN":
        return "no answer in time: it may have worked or not, look before you repeat it"
    if code == "UNAVAILABLE":
        return f"not possible just now, try again ({result.detail})"
    return result.detail or "the command is not valid"


def _consult(held: Any) -> str:
    if held.is_conference:
        return "conference"
    if held.consult_contact_id:
        return "consult"
    return "asked" if held.consults_for else ""


def _line(body: Any) -> Line:
    return Line(
        message_id=body.message_id,
        said_at=body.said_at.ToDatetime(UTC) if body.HasField("said_at") else None,
        author=wire.name_of("Party", body.author).lower(),
        author_id=body.author_id,
        text=body.text,
        subject=body.subject,
        attachments=tuple(
            f"{attachment.file_name or 'file'} ({attachment.size_bytes / 1024:.0f} KiB)"
            for attachment in body.attachments
        ),
        is_readable=body.is_readable,
    )


def _person(body: Any) -> Person:
    customer = body.customer
    return Person(
        name=customer.name,
        tier=customer.tier,
        identities=tuple(
            (identity.kind, identity.address or "(erased)", identity.is_verified)
            for identity in customer.identities
        ),
        contact_count=customer.contact_count,
        last_contacts=tuple(_past(contact) for contact in body.last_contacts),
        is_known=True,
    )


def _past(contact: Any) -> PastContact:
    if contact.disposition:
        how = contact.disposition
    elif contact.HasField("ended_at"):
        how = wire.name_of("ContactCause", contact.cause).lower().replace("_", " ")
    else:
        how = "open"
    return PastContact(
        contact_id=contact.contact_id,
        channel=wire.name_of("Channel", contact.channel).lower(),
        arrived_at=contact.arrived_at.ToDatetime(UTC) if contact.HasField("arrived_at") else None,
        how=how,
        note=contact.note,
    )
