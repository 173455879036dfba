"""From an offered call to a contact that the log has: before it nothing is answered."""

from dataclasses import dataclass

from ingest_voice.domain.engine_events import CallOffered
from ingest_voice.domain.facts import ContactArrived, CustomerLeft
from ingest_voice.domain.identity import contact_id_of
from ingest_voice.handlers.ports import (
    Directory,
    Journal,
    Keys,
    NoKey,
    NotKept,
    NotTaken,
    Outbox,
    PhoneBook,
)


class Refused(Exception):
    """The call is not taken; the caller hears the SIP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    contact_id: str
    conversation_id: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Makes a contact of a call."""

    directory: Directory
    phone_book: PhoneBook
    keys: Keys
    journal: Journal
    outbox: Outbox
    instance: str

    async def take_in(self, offered: CallOffered, now_ms: int) -> Arrived:
        """Return once journal and log have the contact. Raises Refused."""
        entry_point = self.directory.entry_point_of(offered.to_uri)
        if entry_point is None:
            raise Refused(404, "unknown_number")
        try:
            key_id = await self.keys.take()
        except NoKey:
            raise Refused(503, "no_key") from None
        contact_id = contact_id_of(
            instance=self.instance,
            sip_call_id=offered.sip_call_id,
            from_tag=offered.from_tag,
            arrived_ms=now_ms,
        )
        arrived = ContactArrived(
            contact_id=contact_id,
            entry_point=entry_point,
            # A phone call is a conversation of its own; a transfer's new contact goes on with it.
            conversation_id=contact_id,
            key_id=key_id,
            caller=self.phone_book.caller_of(offered.from_uri),
        )
        await self._tell(arrived)
        return Arrived(contact_id=contact_id, conversation_id=contact_id, key_id=key_id)

    async def _tell(self, arrived: ContactArrived) -> None:
        contact_id = arrived.contact_id
        try:
            await self.journal.opened(contact_id, has_number=bool(arrived.caller))
        except NotKept:
            self.keys.release(arrived.key_id)
            raise Refused(503, "journal_failed") from None
        try:
            await self.outbox.arrive(arrived)
        except NotTaken as error:
            if error.is_unknown:
                left = CustomerLeft(contact_id=contact_id)
                self.outbox.tell(left, conversation_id=contact_id, key_id=arrived.key_id)
            self.outbox.when_told(lambda: self.journal.closed(contact_id))
            self.keys.release(arrived.key_id)
            raise Refused(503, "log_away") from None
