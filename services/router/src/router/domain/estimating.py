"""What customers who have to wait are told about it."""

from router.domain.contact import Contact
from router.domain.expected_wait import COVERAGE, WaitEstimator
from router.domain.visit_decisions import WaitEstimated
from router.domain.words import ContactState
from router.domain.workspace import Workspace


def estimate(ws: Workspace) -> None:
    """Tell those who came in this step and found nobody free."""
    for contact_id in ws.entered:
        contact = ws.contacts.get(contact_id)
        if contact is not None and contact.state is ContactState.QUEUED:
            _tell(ws, contact)
    ws.entered.clear()


def estimator_of(ws: Workspace, queue: str) -> WaitEstimator:
    """Return what is known of the queue's waits."""
    found = ws.estimators.get(queue)
    if found is None:
        found = ws.estimators[queue] = WaitEstimator()
    return found


def _tell(ws: Workspace, contact: Contact) -> None:
    ahead = ws.market.waiting_in[contact.queue] - 1
    coverage = ws.rules.wait_coverage or COVERAGE
    found = estimator_of(ws, contact.queue).entered(contact.visit_id, ahead, ws.now, coverage)
    if found is None or not ws.rules.wait_coverage:
        return
    ws.say(
        WaitEstimated(
            contact_id=contact.contact_id,
            visit_id=contact.visit_id,
            queue=contact.queue,
            low_seconds=found.low_seconds,
            high_seconds=found.high_seconds,
            coverage=found.coverage,
            ahead=ahead,
        )
    )
