"""A queue that cannot keep a contact sends it to a flow, with all that the flow must know."""

from router.domain.chain import MOST_FLOWS
from router.domain.contact_decisions import ContactEnded
from router.domain.contact_facts import ContactArrived, CustomerIdentified, QueueRequested
from router.domain.queues import Exit, Queue
from router.domain.reasons import ContactCause
from router.domain.values import NO_NEEDS, Lineage
from router.domain.visit_decisions import ContactSentToFlow
from router.domain.words import Channel, QueuedBy

from .workspaces import Log, a_policy

SORRY = Queue(name="empty", on_nobody=Exit(flow="sorry"))
ASKED = QueueRequested(contact_id="c1", queue="empty", priority=0, requirements=NO_NEEDS)


def sent(log: Log) -> list[ContactSentToFlow]:
    return [d for d in last_of(log) if isinstance(d, ContactSentToFlow)]


def last_of(log: Log) -> list[object]:
    return [decided.decision for decided in log.steps[-1].decisions]


def a_log() -> Log:
    log = Log()
    log.begin(a_policy(queues=(SORRY,)))
    log.say(
        ContactArrived(
            contact_id="c1",
            channel=Channel.CHAT,
            entry_point="web",
            conversation_id="v1",
            key_id="k1",
            lineage=Lineage(),
        )
    )
    return log


def test_the_flow_is_told_whose_contact_it_is():
    log = a_log()
    log.say(
        CustomerIdentified(
            contact_id="c1",
            customer_id="ada",
            is_new=False,
            tier="",
            last_agent_id="",
            contact_count=0,
        )
    )
    log.say(ASKED)

    assert sent(log) == [
        ContactSentToFlow(
            contact_id="c1",
            flow="sorry",
            because=QueuedBy.NOBODY,
            channel=Channel.CHAT,
            conversation_id="v1",
            key_id="k1",
            entry_point="web",
            customer_id="ada",
        )
    ]


def test_a_flow_that_asks_for_the_queue_it_came_from_comes_to_an_end():
    log = a_log()
    for _ in range(MOST_FLOWS):
        log.say(ASKED)
        assert sent(log)

    log.say(ASKED)
    (ended,) = [d for d in last_of(log) if isinstance(d, ContactEnded)]
    assert ended.cause is ContactCause.EJECTED
