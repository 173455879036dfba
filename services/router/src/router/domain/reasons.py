"""How things end, and why something is refused."""

from enum import StrEnum


class VisitExit(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    CALLBACK_TAKEN = "callback_taken"
    MESSAGE_TAKEN = "message_taken"
    MOVED = "moved"
    EXPIRED = "expired"
    EJECTED = "ejected"
    FAILED = "failed"


class ContactCause(StrEnum):
    COMPLETED = "completed"
    RESOLVED_BY_FLOW = "resolved_by_flow"
    MESSAGE_TAKEN = "message_taken"
    LEFT_IN_FLOW = "left_in_flow"
    ABANDONED = "abandoned"
    CALLBACK_TAKEN = "callback_taken"
    EJECTED = "ejected"
    EXPIRED = "expired"
    FAILED = "failed"


class OfferOutcome(StrEnum):
    ACCEPTED = "accepted"
    CONNECTED = "connected"
    FAILED = "failed"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    RESCINDED = "rescinded"
    WITHDRAWN = "withdrawn"


class WithdrawnBecause(StrEnum):
    CUSTOMER_LEFT = "customer_left"
    UNDELIVERED = "undelivered"
    POLICY = "policy"
    SUPERVISOR = "supervisor"
    AGENT_LOST = "agent_lost"
    CAPACITY = "capacity"
    CHANNEL_FAILED = "channel_failed"
    EXPIRED = "expired"


class Because(StrEnum):
    """Why a record was refused."""

    NOT_UNDERSTOOD = "not_understood"
    INVALID_FIELD = "invalid_field"
    REPEATED = "repeated"
    UNKNOWN_CONTACT = "unknown_contact"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_ENTRY_POINT = "unknown_entry_point"
    UNKNOWN_OFFER = "unknown_offer"
    UNKNOWN_SKILL = "unknown_skill"
    CONTACT_ENDED = "contact_ended"
    NOT_IN_THIS_STATE = "not_in_this_state"
    NOT_YOUR_CONTACT = "not_your_contact"
    STALE_SESSION = "stale_session"
    OFFER_TIMED_OUT = "offer_timed_out"
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_REJECTED = "offer_rejected"
    OFFER_FAILED = "offer_failed"
    OFFER_ACCEPTED = "offer_accepted"
    UNKNOWN_DISPOSITION = "unknown_disposition"
    UNKNOWN_REASON = "unknown_reason"
    NO_POLICY = "no_policy"
    UNKNOWN_ENGINE_VERSION = "unknown_engine_version"
    OFFER_RESCINDED = "offer_rescinded"
    NO_CONSULT = "no_consult"


MOST_DETAIL = 300


class Refused(Exception):
    """A record is refused; nothing was changed by it."""

    def __init__(
        self,
        because: Because,
        detail: str = "",
        *,
        contact_id: str = "",
        agent_id: str = "",
        offer_id: str = "",
    ) -> None:
        super().__init__(f"{because}: {detail}")
        self.because = because
        self.detail = detail[:MOST_DETAIL]
        self.contact_id = contact_id
        self.agent_id = agent_id
        self.offer_id = offer_id
