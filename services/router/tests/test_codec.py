"""Every word of the contracts goes both ways; what they forbid is refused by name."""

import types
import typing
from enum import StrEnum

import orjson
import pytest
from hypothesis import given, settings

from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2, routing_events_pb2
from router.adapters.codec.contact_facts import contact_arrived, queue_requested
from router.adapters.codec.decisions import WRITERS
from router.adapters.codec.names import BadField
from router.adapters.codec.needs import needs_from, needs_to
from router.adapters.codec.policies import policy_from, policy_to
from router.adapters.codec.reading import READERS
from router.adapters.codec.roster import roster_agent_from, roster_agent_to
from router.adapters.codec.steering_facts import agent_adjusted, contact_prioritised, queue_paused
from router.adapters.codec.visits import visit_opened
from router.adapters.codec.writing import encode_step
from router.domain.abilities import Kinds, from_kinds
from router.domain.plain import from_plain, to_plain
from router.domain.policy import Policy, RosterAgent
from router.domain.record import Decided, Decision, Fact, Step
from router.domain.steering_facts import Malformed
from router.domain.values import Needs, Requirement
from router.domain.visit_decisions import VisitOpened
from router.domain.words import Channel, QueuedBy

from .random_rules import AGENTS, NEEDS, POLICIES

pb = contact_events_pb2


@given(POLICIES)
@settings(max_examples=25, deadline=None)
def test_a_policy_comes_back_from_its_bytes(policy):
    message = policy_pb2.Policy.FromString(policy_to(policy).SerializeToString())

    assert policy_from(message) == policy


@given(AGENTS)
@settings(max_examples=25, deadline=None)
def test_an_agent_of_the_roster_comes_back_from_its_bytes(agent):
    message = policy_pb2.RosterAgent.FromString(roster_agent_to(agent).SerializeToString())

    assert roster_agent_from(message) == agent


@given(NEEDS)
@settings(deadline=None)
def test_needs_come_back_from_their_bytes(needs):
    assert needs_from(needs_to(needs)) == needs


@given(POLICIES, AGENTS)
@settings(max_examples=25, deadline=None)
def test_policy_and_roster_come_back_from_plain_values(policy, agent):
    plain = orjson.loads(orjson.dumps([to_plain(policy), to_plain(agent)]))

    assert [from_plain(Policy, plain[0]), from_plain(RosterAgent, plain[1])] == [policy, agent]


def test_every_fact_of_the_contract_has_a_reader_and_makes_a_fact_of_the_domain():
    fields = pb.ContactEvent.DESCRIPTOR.oneofs_by_name["fact"].fields
    made = {typing.get_type_hints(read)["return"] for read in READERS.values()}

    assert set(READERS) == {field.name for field in fields}
    assert made == set(typing.get_args(Fact)) - {Malformed}


def test_every_decision_has_a_writer_and_every_decision_of_the_contract_is_one():
    fields = routing_events_pb2.Decision.DESCRIPTOR.oneofs_by_name["decision"].fields

    assert set(WRITERS) == set(typing.get_args(Decision))
    assert sorted(name for name, _ in WRITERS.values()) == sorted(field.name for field in fields)


def test_a_decision_of_empty_values_is_still_there():
    """A message that is filled in place is absent until something is set in it."""
    for kind, (name, _) in WRITERS.items():
        message = routing_events_pb2.RoutingStep.FromString(encode_step(_a_step(_empty(kind))))

        assert [one.WhichOneof("decision") for one in message.decisions] == [name]


def test_what_a_contact_needs_beside_skills_becomes_abilities():
    asked = queue_requested(
        pb.QueueRequested(
            contact_id="c1",
            requirements=[common_pb2.Requirement(skill="vip", level=2)],
            needs=policy_pb2.Needs(
                languages=[common_pb2.Requirement(skill="de", level=3)],
                teams=["front", "back"],
                brand="acme",
            ),
        )
    )

    assert asked.requirements == Needs(
        (Requirement("brand:acme", 1), Requirement("language:de", 3), Requirement("vip", 2)),
        ((Requirement("team:back", 1), Requirement("team:front", 1)),),
    )


def test_a_visit_tells_plain_skills_apart_from_the_rest():
    kinds = Kinds(skills=(Requirement("vip", 2),), languages=(Requirement("de", 3),))
    opened = VisitOpened(
        visit_id="v1",
        contact_id="c1",
        queue="billing",
        channel=Channel.VOICE,
        priority=3,
        requirements=from_kinds(kinds),
        queued_since=1_700_000_000_000,
        because=QueuedBy.FLOW,
    )
    message, plain = routing_events_pb2.VisitOpened(), routing_events_pb2.VisitOpened()
    visit_opened(opened, message)
    visit_opened(
        VisitOpened(
            **{name: getattr(opened, name) for name in VisitOpened.__slots__}
            | {"requirements": from_kinds(Kinds(skills=kinds.skills))}
        ),
        plain,
    )

    assert [(r.skill, r.level) for r in message.requirements] == [("vip", 2)]
    assert [(r.skill, r.level) for r in message.needs.languages] == [("de", 3)]
    assert not message.HasField("preferred_until")
    assert not plain.HasField("needs")


def test_attributes_are_words_and_numbers_and_the_last_word_counts():
    attribute = common_pb2.Attribute
    arrived = contact_arrived(
        pb.ContactArrived(
            channel=common_pb2.CHANNEL_CHAT,
            attributes=[
                attribute(name="tier", enum_value="gold"),
                attribute(name="amount", number=2.5),
                attribute(name="tier", enum_value="silver"),
            ],
        )
    )

    assert arrived.attributes == (("amount", 2.5), ("tier", "silver"))


REQUIREMENT = common_pb2.Requirement
ATTRIBUTE = common_pb2.Attribute


@pytest.mark.parametrize(
    ("read", "message", "said"),
    [
        (
            queue_requested,
            pb.QueueRequested(requirements=[REQUIREMENT(skill="a", level=6)]),
            "level 6 is not from 1 to 5",
        ),
        (
            queue_requested,
            pb.QueueRequested(needs=policy_pb2.Needs(languages=[REQUIREMENT(skill="de", level=9)])),
            "level 9 is not from 1 to 5",
        ),
        (
            queue_requested,
            pb.QueueRequested(needs=policy_pb2.Needs(teams=["t"] * 101)),
            "needs.teams has 101 entries; at most 100",
        ),
        (
            queue_requested,
            pb.QueueRequested(needs=policy_pb2.Needs(brand="b" * 201)),
            "longer than 200",
        ),
        (
            queue_requested,
            pb.QueueRequested(needs=policy_pb2.Needs(any_of=[policy_pb2.Alternatives()])),
            "a group without skills",
        ),
        (queue_requested, pb.QueueRequested(priority=2_000_000), "priority 2000000"),
        (
            queue_requested,
            pb.QueueRequested(attributes=[ATTRIBUTE(name="a")]),
            "without a name or a value",
        ),
        (
            queue_requested,
            pb.QueueRequested(attributes=[ATTRIBUTE(name="a", number=float("nan"))]),
            "'a' is no number",
        ),
        (
            queue_requested,
            pb.QueueRequested(attributes=[ATTRIBUTE(name=f"a{i}", number=1) for i in range(101)]),
            "attributes has 101 entries",
        ),
        (contact_prioritised, pb.ContactPrioritised(priority=-2_000_000), "priority -2000000"),
        (queue_paused, pb.QueuePaused(expires_seconds=float("inf")), "expires_seconds is not"),
        (agent_adjusted, pb.AgentAdjusted(fields=["salary"]), "'salary' is none of team, skills"),
        (policy_from, policy_pb2.Policy(queues=[policy_pb2.Queue(order=99)]), "queues[0].order"),
        (
            policy_from,
            policy_pb2.Policy(interrupts=[policy_pb2.Interrupt()]),
            "interrupts[0].channel is 0",
        ),
        (
            policy_from,
            policy_pb2.Policy(
                schedules=[policy_pb2.Schedule(days=[policy_pb2.SpecialDay(date="24.12.")])]
            ),
            "'24.12.' is no date",
        ),
        (
            roster_agent_from,
            policy_pb2.RosterAgent(preferences=[policy_pb2.QueuePreference(channel=77)]),
            "preferences[0].channel is 77",
        ),
    ],
)
def test_what_the_contract_forbids_is_refused_by_name(read, message, said):
    with pytest.raises(BadField) as refused:
        read(message)

    assert said in str(refused.value)


def _a_step(decision):
    fields = {"workspace": "main", "event_id": "", "event_type": ""}
    numbers = {name: 0 for name in Step.__slots__ if name not in (*fields, "decisions")}
    return Step(**fields, **numbers, decisions=(Decided(decision, due_at=None),))


def _empty(kind):
    """Return a value of the kind with nothing in it."""
    if typing.get_origin(kind) is tuple:
        return ()
    if types.NoneType in typing.get_args(kind):
        return None
    if issubclass(kind, StrEnum):
        return next(iter(kind))
    if kind in (str, int, float, bool):
        return kind()
    return kind(**{n: _empty(t) for n, t in typing.get_type_hints(kind).items()})
