"""The numbers of the fold are those of docs/metrics.md."""

import pytest

from analytics.domain import steps as s
from analytics.domain.durations import Durations, edge_seconds
from analytics.domain.numbers import numbers
from analytics.domain.targets import PolicyTargets, Target, TargetBook
from analytics.domain.workspace import WorkspaceFold

START_MS = 1_800_000_000_000


class Telling:
    """Tells a fold what happens, at seconds after the start."""

    def __init__(self, **targets: Target) -> None:
        self.fold = WorkspaceFold()
        self.book = TargetBook()
        self.book.add(PolicyTargets(version=1, queues=targets))
        self.number = 0

    def at(self, seconds: float, *decisions: s.Decision, policy: int = 1) -> "Telling":
        self.number += 1
        self.fold.apply(
            s.Step(
                workspace="main",
                number=self.number,
                stamped_ms=START_MS + round(seconds * 1000),
                policy_version=policy,
                decisions=decisions,
            )
        )
        return self

    def queue(self, name: str = "billing", channel: str = ""):
        found = numbers("main", self.fold, self.book).queues
        return next(q for q in found if (q.queue, q.channel) == (name, channel))

    def agent(self, agent_id: str = "ana"):
        found = numbers("main", self.fold, self.book).agents
        return next(agent for agent in found if agent.agent_id == agent_id)


def opened(name: str, queue: str = "billing", channel: str = "voice") -> s.VisitOpened:
    return s.VisitOpened(f"v-{name}", f"c-{name}", queue, channel)


def ended(name: str, exit_: str) -> s.VisitEnded:
    return s.VisitEnded(f"v-{name}", exit_)


def foretold(name: str, low: float, high: float) -> s.WaitEstimated:
    return s.WaitEstimated(f"v-{name}", round(low * 1000), round(high * 1000))


def connected(name: str, agent: str = "ana", channel: str = "voice") -> s.ContactConnected:
    return s.ContactConnected(f"c-{name}", agent, "billing", channel)


def wrapped_up(name: str) -> s.ContactEnded:
    return s.ContactEnded(f"c-{name}", "completed")


def seen(state: str = s.ROUTABLE, agent: str = "ana", **contacts: int) -> s.AgentSeen:
    return s.AgentSeen(agent, "first", "available", state, contacts, {})


T20S5 = Target(target_seconds=20, target_share=0.8, short_abandon_seconds=5)
GOLDEN_DAY = [
    (56, 10, "answered"),
    (14, 45, "answered"),
    (6, 3, "abandoned"),
    (4, 12, "abandoned"),
    (8, 60, "abandoned"),
    (3, 15, "callback_taken"),
    (4, 90, "callback_taken"),
    (5, 100, "moved"),
]


def golden_day() -> Telling:
    """Every visit enters at its own second; it is told in the order of the log."""
    events = []
    number = 0
    for count, wait, exit_ in GOLDEN_DAY:
        for _ in range(count):
            number += 1
            events.append((number * 7, opened(str(number))))
            events.append((number * 7 + wait, ended(str(number), exit_)))
    telling = Telling(billing=T20S5)
    for second, decision in sorted(events, key=lambda event: event[0]):
        telling.at(second, decision)
    return telling


def test_the_golden_day_by_our_own_definition():
    """56 of 94: all who entered but the six short abandons."""
    queue = golden_day().queue()

    assert queue.entered == 100
    assert queue.service_level.cohort == 94
    assert queue.service_level.lower == queue.service_level.upper == 56 / 94
    assert queue.service_level.completeness == 1
    assert queue.exits == {"abandoned": 18, "answered": 70, "callback_taken": 7, "moved": 5}
    assert queue.answered.mean_seconds() == (56 * 10 + 14 * 45) / 70
    assert queue.answered.quantile_seconds(0.5) == 10
    assert queue.answered.quantile_seconds(0.9) == 45


def test_undecided_visits_give_bounds_that_meet_when_they_are_decided():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a"), opened("b")).at(10, ended("a", "answered"))
    level = telling.queue().service_level
    assert (level.lower, level.upper, level.completeness, level.cohort) == (0.5, 1, 0.5, 2)

    level = telling.at(20).queue().service_level
    assert (level.lower, level.upper) == (0.5, 1)
    level = telling.at(20.001).queue().service_level
    assert (level.lower, level.upper, level.completeness) == (0.5, 0.5, 1)


def test_a_wait_of_exactly_the_target_is_in_time_and_of_exactly_s_is_short():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a"), opened("b"), opened("c"), opened("d"))
    telling.at(5, ended("c", "abandoned")).at(5.001, ended("d", "abandoned"))
    telling.at(20, ended("a", "answered")).at(20.001, ended("b", "answered"))

    level = telling.queue().service_level
    assert (level.answered_in_time, level.cohort) == (1, 3)


def test_who_is_ejected_before_waiting_is_in_no_cohort():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a"), ended("a", "ejected"), opened("b"))
    telling.at(1, ended("b", "ejected"))

    assert telling.queue().service_level.cohort == 1


def test_each_visit_is_judged_by_the_policy_under_which_it_entered():
    telling = Telling(billing=T20S5)
    telling.book.add(PolicyTargets(version=2, queues={"billing": Target(target_seconds=60)}))
    telling.at(0, opened("a")).at(1, opened("b"), policy=2)
    telling.at(41, ended("a", "answered"), ended("b", "answered"), policy=2)

    level = telling.queue().service_level
    assert (level.answered_in_time, level.cohort) == (1, 2)
    assert level.target.target_seconds == 60


def test_a_forgotten_policy_is_replaced_by_the_next_later_one():
    book = TargetBook()
    for version in (3, 7):
        book.add(PolicyTargets(version=version))

    assert [book.of_version(v).version for v in (1, 3, 4, 7, 9)] == [3, 3, 7, 7, 7]


def test_without_a_promise_nothing_is_known_of_the_service_level():
    level = Telling().at(0, opened("a")).at(1, ended("a", "answered")).queue().service_level

    assert (level.lower, level.upper, level.cohort, level.completeness) == (0, 1, 0, 1)


def test_the_channels_of_a_queue_add_up():
    telling = Telling(billing=T20S5)
    telling.at(0, opened("a", channel="voice"), opened("b", channel="chat"))
    telling.at(5, ended("a", "answered")).at(15, ended("b", "answered"))

    assert telling.queue(channel="voice").answered.mean_seconds() == 5
    assert telling.queue(channel="chat").answered.mean_seconds() == 15
    assert telling.queue().answered.mean_seconds() == 10
    assert telling.queue().entered == 2


def test_the_oldest_waiting_visit_is_the_longest_wait():
    telling = Telling().at(0, opened("a")).at(5, opened("b")).at(9, ended("a", "answered"))

    assert telling.queue().oldest_ms == START_MS + 5000
    assert telling.at(10, ended("b", "abandoned")).queue().oldest_ms is None


@pytest.mark.parametrize(
    ("exit_", "after", "outcome"),
    [
        ("answered", 59.999, "sooner"),
        ("answered", 60, "in_range"),
        ("answered", 120, "in_range"),
        ("answered", 120.001, "later"),
        ("abandoned", 30, "left"),
        ("moved", 120, "left"),
        ("abandoned", 120.001, "left_later"),
    ],
)
def test_what_was_told_is_judged_when_the_visit_ends(exit_, after, outcome):
    """Both ends of the range belong to it; nobody knows of who left before its end."""
    telling = Telling().at(0, opened("a"), foretold("a", 60, 120))
    telling.at(after, ended("a", exit_))

    assert telling.queue().estimates.outcomes == {outcome: 1}
    assert telling.queue().estimates.told == 1


def test_coverage_is_the_share_of_the_answered_whose_wait_was_as_told():
    """Eight of ten; who waits, left, or was told nothing is not among them."""
    telling = Telling()
    for number in range(14):
        telling.at(0, opened(str(number)), foretold(str(number), 10, 20))
    telling.at(0, opened("untold"))
    for number in range(8):
        telling.at(15, ended(str(number), "answered"))
    telling.at(16, ended("11", "abandoned"), ended("untold", "answered"))
    telling.at(25, ended("8", "answered"), ended("9", "answered"), ended("12", "abandoned"))

    told = telling.queue().estimates
    assert told.coverage == 0.8
    assert told.told == 14
    assert told.outcomes == {"in_range": 8, "later": 2, "left": 1, "left_later": 1}
    assert telling.queue("billing", "voice").estimates == told


def test_the_wait_that_was_told_counts_from_the_telling_and_only_the_first_one():
    telling = Telling().at(0, opened("a")).at(30, foretold("a", 50, 60))
    telling.at(40, foretold("a", 0, 1)).at(85, ended("a", "answered"))
    telling.at(90, foretold("a", 50, 60), foretold("never opened", 1, 2))

    assert telling.queue().estimates.outcomes == {"in_range": 1}
    assert telling.queue().estimates.told == 1


def test_without_an_estimate_coverage_is_0_of_none():
    told = Telling().at(0, opened("a")).at(1, ended("a", "answered")).queue().estimates

    assert (told.told, told.outcomes, told.coverage) == (0, {}, 0)


def test_handle_time_goes_from_connected_to_the_end_of_wrap_up():
    telling = Telling().at(0, opened("a")).at(4, ended("a", "answered"), connected("a"))
    assert telling.at(60).queue().handled.count == 0

    telling.at(94, wrapped_up("a"))
    assert telling.queue().handled.mean_seconds() == 90
    assert telling.agent().handled.mean_seconds() == 90


def test_attention_is_shared_among_the_contacts_that_the_agent_holds():
    """Two chats of 60 s that overlap for 30 s: 45 s of attention each, 90 s in all."""
    telling = Telling().at(0, connected("a")).at(30, connected("b"))
    telling.at(60, wrapped_up("a")).at(90, wrapped_up("b"))

    queue = telling.queue()
    assert queue.handled.mean_seconds() == 60
    assert queue.aht_attention_seconds == pytest.approx(45)
    assert telling.agent().attention_ms == pytest.approx(90_000)


def test_a_contact_that_lost_its_agent_waits_again_and_that_leg_is_over():
    telling = Telling().at(0, connected("a")).at(40, opened("a"))
    telling.at(50, connected("a", agent="bob")).at(60, wrapped_up("a"))

    assert telling.queue().handled.count == 2
    assert telling.agent("ana").handled.mean_seconds() == 40
    assert telling.agent("bob").handled.mean_seconds() == 10


def test_occupancy_counts_time_with_a_contact_and_leaves_breaks_out():
    telling = Telling().at(0, seen()).at(10, seen("full", voice=1)).at(40, seen("break"))
    telling.at(100, seen()).at(130)

    agent = telling.agent()
    assert agent.occupancy == 30 / (30 + 10 + 30)
    assert agent.load_occupancy == agent.occupancy


def test_load_occupancy_counts_the_slots_in_use():
    """One of four chats for half of the time, four for the other half."""
    telling = Telling().at(0, seen(chat=1)).at(50, seen("full", chat=4)).at(100)

    assert telling.agent().occupancy == 1
    assert telling.agent().load_occupancy == pytest.approx((0.25 + 1) / 2)


def test_offers_are_counted_by_their_end():
    telling = Telling().at(0, s.OfferMade("ana"), s.OfferMade("ana"))
    telling.at(1, s.OfferEnded("ana", "missed")).at(2, s.OfferEnded("ana", "accepted"))

    assert telling.agent().offers == {"accepted": 1, "made": 2, "missed": 1}


def test_an_agent_who_is_removed_goes_when_nothing_is_in_hand():
    telling = Telling().at(0, seen(), connected("a")).at(1, s.AgentRemoved("ana"))
    assert telling.agent().state == s.ROUTABLE

    telling.at(2, wrapped_up("a"))
    assert telling.fold.agents == {}


def test_the_state_of_an_agent_has_its_own_since():
    telling = Telling().at(0, seen()).at(5, seen("full", voice=1)).at(9, seen("full", voice=1))

    assert telling.agent().since_ms == START_MS + 5000


def test_a_step_that_is_not_greater_changes_nothing():
    telling = Telling().at(0, opened("a"))
    old = s.Step(workspace="main", number=1, stamped_ms=0, decisions=(ended("a", "failed"),))

    assert not telling.fold.apply(old)
    assert telling.queue().exits == {}


def test_what_ends_without_a_beginning_in_the_log_is_left_out():
    telling = Telling().at(0, ended("a", "answered"), wrapped_up("a")).at(1, opened("b"))

    assert telling.queue().entered == 1
    assert telling.queue().exits == {}
    assert telling.fold.channels == {}


@pytest.mark.parametrize(
    ("milliseconds", "edge"),
    [
        (0, 0),
        (1, 1),
        (1000, 1),
        (1001, 2),
        (600_000, 600),
        (600_001, 610),
        (3_600_000, 3600),
        (3_600_001, 3660),
        (86_400_000, 86_400),
        (10**12, 30 * 86_400),
    ],
)
def test_the_edges_of_the_buckets(milliseconds, edge):
    assert edge_seconds(milliseconds) == edge


def test_a_quantile_is_at_most_one_bucket_too_high_and_the_mean_is_exact():
    durations = Durations()
    for milliseconds in range(0, 100_000, 7):
        durations.add(milliseconds)

    assert durations.mean_seconds() == sum(range(0, 100_000, 7)) / durations.count / 1000
    for share in (0.1, 0.5, 0.9, 0.99):
        exact = sorted(range(0, 100_000, 7))[int(share * durations.count)] / 1000
        assert exact - 0.01 <= durations.quantile_seconds(share) <= exact + 1
