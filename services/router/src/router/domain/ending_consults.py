"""The end of a consult, by word or because the customer's contact is over."""

from router.domain.contact import Contact
from router.domain.endings import end_contact, start_wrap_up
from router.domain.flow import leave_queue
from router.domain.reasons import ContactCause, VisitExit, WithdrawnBecause
from router.domain.transitions import WITH_AGENT
from router.domain.words import ContactState, Party
from router.domain.workspace import Workspace


def end_consult(ws: Workspace, consult: Contact) -> None:
    """Before it was answered it is abandoned; afterwards the consulted agent wraps up."""
    if consult.state in WITH_AGENT:
        start_wrap_up(ws, consult, "ConsultEnded", Party.AGENT)
    elif consult.state is not ContactState.WRAP_UP:
        if consult.is_visit_open:
            leave_queue(ws, consult, VisitExit.ABANDONED, WithdrawnBecause.CUSTOMER_LEFT)
        end_contact(ws, consult, "ConsultEnded", ContactCause.ABANDONED)


def end_parted(ws: Workspace) -> None:
    """End the consults whose customer's contact is over, or waits again."""
    while ws.parted:
        consult = ws.contacts.get(ws.parted.popitem()[0])
        if consult is not None:
            end_consult(ws, consult)
