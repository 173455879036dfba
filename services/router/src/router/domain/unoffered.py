"""Why a contact that waits is offered to nobody; slow, rarely asked for."""

from router.domain.candidates import Row, verdict_on
from router.domain.words import ContactState
from router.domain.workspace import Workspace


def unoffered(ws: Workspace, contact_id: str) -> list[Row]:
    """Return what stands between it and each agent; nothing when it does not wait."""
    contact = ws.contacts.get(contact_id)
    if contact is None or contact.state is not ContactState.QUEUED:
        return []
    rows = [Row(id, verdict_on(ws, contact, agent), ()) for id, agent in ws.agents.items()]
    return sorted(rows, key=lambda row: (row.verdict, row.id))
