"""Queues that supervisors pause, and that go on."""

from router.domain.clock import milliseconds
from router.domain.flow import check_queue
from router.domain.reasons import Because, Refused
from router.domain.steering_decisions import QueueStateChanged
from router.domain.supervisor_facts import QueuePaused
from router.domain.timers import TimerKind
from router.domain.words import ContactState
from router.domain.workspace import Workspace


def queue_paused(ws: Workspace, fact: QueuePaused) -> None:
    """Nothing of the queue is offered until it is resumed; what is offered already goes on."""
    check_queue(ws, fact.queue, "")
    until = ws.now + milliseconds(fact.expires_seconds) if fact.expires_seconds else 0
    if not fact.is_paused:
        if fact.queue not in ws.market.paused:
            raise Refused(Because.REPEATED, "the queue is not paused")
        resume(ws, fact.queue, fact.by)
        return
    if fact.queue in ws.market.paused and not until and not ws.market.paused[fact.queue]:
        raise Refused(Because.REPEATED, "the queue is paused")
    ws.market.paused[fact.queue] = until
    if until:
        ws.arm(until, TimerKind.PAUSE, fact.queue)
    ws.say(QueueStateChanged(queue=fact.queue, is_paused=True, until=until, by=fact.by))


def resume(ws: Workspace, queue: str, by: str) -> None:
    """Everybody who waits in the queue is looked at again."""
    del ws.market.paused[queue]
    ws.say(QueueStateChanged(queue=queue, is_paused=False, by=by))
    for contact in ws.contacts.values():
        if contact.queue == queue and contact.state is ContactState.QUEUED:
            ws.eligible[contact.contact_id] = None
