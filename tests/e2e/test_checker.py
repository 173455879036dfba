"""The checker of the invariants can fail: each broken log is seen for what it is."""

from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2
from contact_center.v1 import routing_events_pb2 as routing
from tests.e2e.fold import WorkspaceFold
from tests.e2e.matching import idle_matches, passed_over

CHAT = common_pb2.CHANNEL_CHAT
EMAIL = common_pb2.CHANNEL_EMAIL


class Log:
    """A log of one workspace, told decision by decision; one agent, ana, with one chat slot."""

    def __init__(self) -> None:
        self.fold = WorkspaceFold(workspace="w")
        capacity = policy_pb2.ChannelCapacity(channels=[CHAT], slots=1)
        self.fold.policy.capacities.append(capacity)
        self.step(
            routing.Decision(roster_changed=routing.RosterChanged(agent_id="ana")),
            event=contact_events_pb2.ContactEvent(
                agent_defined=contact_events_pb2.AgentDefined(
                    agent=policy_pb2.RosterAgent(
                        agent_id="ana",
                        skills=[common_pb2.Requirement(skill="billing", level=2)],
                    )
                )
            ),
        )

    def step(self, *decisions: routing.Decision, event: object = None) -> None:
        step = routing.RoutingStep(workspace="w", step_number=self.fold.steps + 1)
        step.decisions.extend(decisions)
        step.stamped_at.FromSeconds(self.fold.steps)
        self.fold.apply(step, event)

    def ana_is(self, *, routable: bool = True, presence: int = 2) -> None:
        self.step(
            routing.Decision(
                agent_state_changed=routing.AgentStateChanged(
                    agent=routing.AgentState(
                        agent_id="ana",
                        presence=presence,  # type: ignore[arg-type]
                        connection=routing.CONNECTION_CONNECTED,
                        is_routable=routable,
                    )
                )
            )
        )

    def waits(
        self,
        contact: str,
        *,
        since: int = 0,
        level: int = 1,
        channel: common_pb2.Channel = CHAT,
        preferred: str = "",
    ) -> None:
        visit = routing.VisitOpened(visit_id=f"v-{contact}", contact_id=contact, queue="billing")
        visit.requirements.add(skill="billing", level=level)
        visit.queued_since.FromSeconds(since)
        visit.preferred_agent_id = preferred
        visit.preferred_until.FromSeconds(60 if preferred else 0)
        opened = routing.ContactOpened(contact_id=contact, channel=channel)
        self.step(routing.Decision(contact_opened=opened), routing.Decision(visit_opened=visit))

    def offer(self, contact: str) -> None:
        made = routing.OfferMade(
            offer_id=f"o-{contact}", visit_id=f"v-{contact}", contact_id=contact, agent_id="ana"
        )
        made.channel = CHAT
        self.step(routing.Decision(offer_made=made))

    def tell(self, contact: str, low: float, high: float) -> None:
        told = routing.WaitEstimated(contact_id=contact, visit_id=f"v-{contact}", queue="billing")
        told.low_seconds, told.high_seconds, told.coverage = low, high, 0.8
        self.step(routing.Decision(wait_estimated=told))

    def answer(self, contact: str) -> None:
        ended = routing.VisitEnded(contact_id=contact, visit_id=f"v-{contact}", queue="billing")
        ended.exit = routing.VISIT_EXIT_ANSWERED
        self.step(routing.Decision(visit_ended=ended))

    def end(self, contact: str) -> None:
        ended = routing.ContactEnded(contact_id=contact, cause=routing.CONTACT_CAUSE_FAILED)
        self.step(routing.Decision(contact_ended=ended))

    @property
    def broken(self) -> set[str]:
        return {invariant for invariant, _ in self.fold.findings}


def test_a_good_log_has_no_findings():
    log = Log()
    log.ana_is()
    log.waits("c1")
    log.offer("c1")

    assert log.fold.findings == []
    assert list(passed_over(log.fold, "v-c1", "ana")) == []


def test_what_came_of_a_wait_that_was_told_is_seen():
    """Told that it takes 2 to 4 s, answered after 3 s; what is told again does not count."""
    log = Log()
    log.waits("c1")
    log.tell("c1", 2, 4)
    log.tell("c1", 90, 91)
    log.ana_is()
    log.answer("c1")
    visit = log.fold.visits["v-c1"]

    assert log.fold.findings == []
    assert (visit.told, visit.what_came_of_it()) == ((2.0, 2.0, 4.0), "in_range")


def test_a_wait_that_is_told_upside_down_or_to_nobody_is_seen():
    log = Log()
    log.waits("c1")
    log.tell("c1", 5, 4)
    log.tell("c2", 4, 5)

    assert [invariant for invariant, _ in log.fold.findings] == ["wait", "wait"]


def test_a_contact_that_ends_twice_is_seen():
    log = Log()
    log.waits("c1")
    log.end("c1")
    log.end("c1")

    assert "I1" in log.broken


def test_a_contact_that_is_opened_twice_is_seen():
    log = Log()
    log.waits("c1")
    log.waits("c1")

    assert "I1" in log.broken


def test_more_contacts_than_capacity_are_seen():
    log = Log()
    log.ana_is()
    for contact in ("c1", "c2"):
        log.waits(contact)
        log.offer(contact)

    assert "I2" in log.broken


def test_an_offer_to_an_agent_on_a_break_is_seen():
    log = Log()
    log.ana_is(routable=False, presence=common_pb2.PRESENCE_BREAK)
    log.waits("c1")
    log.offer("c1")

    assert "I5" in log.broken


def test_an_offer_beyond_the_agents_level_is_seen():
    log = Log()
    log.ana_is()
    log.waits("c1", level=5)
    log.offer("c1")

    assert "I5" in log.broken


def test_a_contact_that_was_passed_over_is_seen():
    log = Log()
    log.ana_is()
    log.waits("first", since=1)
    log.waits("second", since=2)
    log.offer("second")

    assert [i for i, _ in passed_over(log.fold, "v-second", "ana")] == ["I6"]


def test_a_contact_that_is_kept_for_another_agent_is_not_passed_over():
    log = Log()
    log.ana_is()
    log.waits("first", since=1, preferred="bob")
    log.waits("second", since=2)
    log.offer("second")

    assert list(passed_over(log.fold, "v-second", "ana")) == []
    assert [i for i, _ in passed_over(log.fold, "v-second", "bob")] == ["I6"]
    log.fold.now = 60.0
    assert [i for i, _ in passed_over(log.fold, "v-second", "ana")] == ["I6"]


def test_a_free_agent_beside_a_waiting_contact_is_seen():
    log = Log()
    log.ana_is()
    log.waits("c1")

    assert [i for i, _ in idle_matches(log.fold)] == ["I6"]


def test_an_agent_with_a_chat_that_breaks_into_mails_is_not_free_for_one():
    """As with calls by default: only what was accepted breaks into anything."""
    log = Log()
    mails = policy_pb2.ChannelCapacity(channels=[EMAIL], slots=1)
    log.fold.policy.capacities.append(mails)
    log.fold.policy.interrupts.add(channel=CHAT, breaks_into=[EMAIL])
    log.ana_is()
    log.waits("chat")
    log.offer("chat")
    log.waits("mail", channel=EMAIL)
    offered = [i for i, _ in idle_matches(log.fold)]
    connected = routing.ContactConnected(contact_id="chat", offer_id="o-chat", agent_id="ana")
    log.step(routing.Decision(contact_connected=connected))

    assert offered == ["I6"]
    assert list(idle_matches(log.fold)) == []


def test_a_missing_step_is_seen():
    fold = WorkspaceFold(workspace="w")
    fold.apply(routing.RoutingStep(workspace="w", step_number=2), None)

    assert fold.findings[0][0] == "I4"


def test_a_visit_that_ends_twice_is_seen():
    log = Log()
    log.waits("c1")
    ended = routing.VisitEnded(visit_id="v-c1", contact_id="c1", exit=routing.VISIT_EXIT_FAILED)
    log.step(routing.Decision(visit_ended=ended), routing.Decision(visit_ended=ended))

    assert "law" in log.broken
