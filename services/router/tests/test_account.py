"""The account of a contact: nothing about it is left out, and people can read it."""

import re

import pytest

from contact_center.v1 import contact_events_pb2, routing_events_pb2
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.codec.account import Found, add_lists, choices_in, explained, opens
from router.adapters.codec.sentences import SENTENCES, in_words, sentence, span
from router.adapters.commands.explain_text import Shown, account
from router.adapters.recorded_log import RecordedLog
from router.domain.candidates import Row
from router.handlers.replaying import Said

from .record_log import ALL_FACTS

DECISIONS = routing_events_pb2.Decision.DESCRIPTOR.oneofs_by_name["decision"].fields
PLAIN = Shown(width=100, is_colored=False)


@pytest.fixture(scope="module")
def found():
    items = RecordedLog(ALL_FACTS).items()
    return [Found(0, item.cause, item.value) for item in items if isinstance(item, Said)]


@pytest.fixture(scope="module")
def contacts(found):
    """Those who arrived and ended within the recording."""
    ended = {}
    for one in found:
        for decision in routing_events_pb2.RoutingStep.FromString(one.value).decisions:
            if decision.HasField("contact_ended"):
                ended[decision.contact_ended.contact_id] = decision.contact_ended.cause
    return ended


def test_each_contact_of_the_recording_is_told_from_its_opening_to_its_end(found, contacts):
    for contact_id in list(contacts)[:40]:
        steps = explained(found, contact_id)
        kinds = [d.decision.WhichOneof("decision") for step in steps for d in step.decisions]

        assert "contact_opened" in kinds
        assert "contact_ended" in kinds
        assert all(d.sentence for step in steps for d in step.decisions)
        assert [step.step_number for step in steps] == sorted({s.step_number for s in steps})


def test_a_step_that_was_said_twice_is_told_once(found, contacts):
    contact_id = next(iter(contacts))

    assert explained([*found, *found], contact_id) == explained(found, contact_id)


def test_the_opening_is_known_from_a_mere_mention(found):
    steps = [one for one in found if opens(one, "c1")]

    assert len(steps) == 1


def test_every_decision_about_a_contact_has_a_sentence_of_its_own():
    about = {
        field.name
        for field in DECISIONS
        if any(part.name.endswith("contact_id") for part in field.message_type.fields)
    }

    assert about <= set(SENTENCES)


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_a_decision_with_nothing_in_it_can_still_be_told(name):
    body = getattr(routing_events_pb2.Decision(), name)

    assert sentence(name, body)


def test_a_decision_of_a_newer_router_is_told_by_its_name():
    assert sentence("contact_sung_to", contact_events_pb2.CustomerLeft()) == "contact sung to"


def test_values_are_put_into_words():
    assert in_words("queued_since", "1700000000123", 1700000002000) == "queued 1.877 s"
    assert in_words("idle_seconds", "12.500", 0) == "idle 12.5 s"
    assert in_words("priority", "3", 0) == "priority 3"
    assert [span(s) for s in (0, 0.25, 61, 125, 7384)] == [
        *("0 s", "0.25 s", "61 s", "2 min 05 s", "2 h 03 min"),
    ]


def test_the_whole_list_stands_below_its_offer_and_is_bounded(found, contacts):
    contact_id = next(id for id in contacts if any(True for _ in choices_in(explained(found, id))))
    steps = explained(found, contact_id)
    choice = choices_in(steps)[0].choice
    rows = [Row("ana", "chosen", (("idle_seconds", "2.000"),))]
    rows += [Row(f"a{number}", "missing_skill", ()) for number in range(80)]
    add_lists(steps, {choice.offer_id: rows}, room=61)
    text = account(pb.ExplainResponse(contact_id=contact_id, steps=steps), PLAIN)

    assert "→ ana  idle 2 s" in text
    assert re.search(r"without a skill: a0, a1, .* a39 … and 20 more", re.sub(r"\s+", " ", text))
    assert "… and 20 there was no room for" in text


def test_a_list_that_cannot_be_had_says_why(found, contacts):
    contact_id = next(id for id in contacts if choices_in(explained(found, id)))
    steps = explained(found, contact_id)
    offer_id = choices_in(steps)[0].choice.offer_id
    add_lists(steps, {offer_id: "the log begins at offset 7"}, room=10)

    text = account(pb.ExplainResponse(contact_id=contact_id, steps=steps), PLAIN)
    assert "the whole list cannot be had: the log begins at offset 7" in text


def test_no_line_is_wider_than_the_terminal(found, contacts):
    for contact_id in list(contacts)[:20]:
        response = pb.ExplainResponse(contact_id=contact_id, steps=explained(found, contact_id))
        for width in (70, 100, 160):
            text = account(response, Shown(width=width, is_colored=False))
            assert max(map(len, text.splitlines()[3:])) <= width
