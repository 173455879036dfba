"""What is decided about consults and conferences."""

from router.domain.said import said


@said
class ConsultStarted:
    contact_id: str
    consult_contact_id: str
    agent_id: str


@said
class ConsultFinished:
    contact_id: str
    consult_contact_id: str
    is_transfer: bool
    agent_id: str
    consulted_agent_id: str


@said
class ConferenceOpened:
    contact_id: str
    consult_contact_id: str
    agent_id: str
    consulted_agent_id: str
