"""The account of a contact: nothing about it is left out, and people can read it."""

import re
from collections import defaultdict

import pytest

from contact_center.v1 import contact_events_pb2, routing_events_pb2
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.codec import decode
from router.adapters.codec.account import (
    Found,
    add_lists,
    bounded,
    choices_in,
    explained,
    is_over,
    opens,
)
from router.adapters.codec.sentences import SENTENCES, in_words, passed_over, sentence, span
from router.adapters.commands.explain_state import state
from router.adapters.commands.explain_text import Shown, account
from router.adapters.recorded_log import RecordedLog
from router.domain.candidates import Row
from router.handlers.partition import Partition, Raw
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


def test_the_opening_is_known_from_a_mere_mention(found, contacts):
    steps = [one for one in found if opens(one, next(iter(contacts)))]

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
    response = pb.ExplainResponse(contact_id=contact_id, steps=steps)
    add_lists(response, {choice.offer_id: rows}, room=61)
    text = account(response, PLAIN)

    assert "→ ana  idle 2 s" in text
    assert re.search(r"without a skill: a0, a1, .* a39 … and 20 more", re.sub(r"\s+", " ", text))
    assert "… and 20 there was no room for" in text


def test_a_list_that_cannot_be_had_says_why(found, contacts):
    contact_id = next(id for id in contacts if choices_in(explained(found, id)))
    steps = explained(found, contact_id)
    offer_id = choices_in(steps)[0].choice.offer_id
    response = pb.ExplainResponse(contact_id=contact_id, steps=steps)
    add_lists(response, {offer_id: "the log begins at offset 7"}, room=10)

    text = account(response, PLAIN)
    assert "the whole list cannot be had: the log begins at offset 7" in text


STANDS = {
    "in_flow": ("in its flow", "in flow ", "waits for the next call"),
    "queued": ("waits in ",),
    "offered": ("offered to ",),
    "connecting": ("is being called",),
    "connected": ("with ",),
    "on_hold": ("on hold, with ",),
    "wrap_up": ("wraps up",),
    "ended": ("over: ",),
}


def test_an_account_says_how_the_contact_stands_after_each_of_its_steps():
    """As the engine has it, after every step of the recording."""
    partition = Partition(0, decode, lambda key: True)
    accounts = defaultdict(pb.ExplainResponse)
    seen = set()
    for item in RecordedLog(ALL_FACTS).items():
        if isinstance(item, Raw):
            partition.take(item)
            continue
        contacts = partition.engines["main"].workspace.contacts
        step = routing_events_pb2.RoutingStep.FromString(item.value)
        for contact_id in {str(getattr(body, "contact_id", "")) for body in _bodies(step)} - {""}:
            response = accounts[contact_id]
            response.contact_id = contact_id
            response.steps.extend(explained([Found(0, item.cause, item.value)], contact_id))
            if not _is_opened(response):
                continue
            contact = contacts.get(contact_id)
            stands = "ended" if contact is None else str(contact.state)
            told = state(response)
            seen.add(stands)
            assert any(words in told for words in STANDS[stands]), (step.step_number, told)
            assert is_over(response) == (stands == "ended")

    assert seen == STANDS.keys()


def _bodies(step):
    return [getattr(d, d.WhichOneof("decision")) for d in step.decisions]


def _is_opened(response):
    told = (told.decision for step in response.steps for told in step.decisions)
    return any(said.contact_opened.contact_id == response.contact_id for said in told)


def test_a_contact_that_waits_is_told_what_stands_between_it_and_each_agent(found):
    steps = _until_it_waits(found)
    response = pb.ExplainResponse(contact_id="c9", is_complete=True, steps=steps)
    asks = account(response, PLAIN)
    rows = [Row("ana", "full", ()), Row("bob", "missing_skill", ())]
    add_lists(response, {"c9": rows}, room=9)
    text = account(response, PLAIN)

    assert "; waits in billing" in asks and "--full tells why" in asks
    assert re.search(r"\nnow +it waits, offered to none of 2 agents\n +full: ana\n", text)
    assert text.endswith("without a skill: bob")


def _until_it_waits(found):
    opened = routing_events_pb2.Decision()
    opened.contact_opened.contact_id = "c9"
    waits = routing_events_pb2.Decision()
    waits.visit_opened.contact_id, waits.visit_opened.queue = "c9", "billing"
    step = routing_events_pb2.RoutingStep(step_number=1, decisions=[opened, waits])
    return explained([Found(0, 0, step.SerializeToString())], "c9")


def _is_passed_over(step):
    return all(told.is_passed_over for told in step.decisions)


def test_where_there_is_no_room_its_own_steps_go_first(found, contacts):
    accounts = (explained(found, contact_id) for contact_id in contacts)
    steps = max(accounts, key=lambda account: sum(map(_is_passed_over, account)))
    own = [step for step in steps if not _is_passed_over(step)]
    others = len(steps) - len(own)

    assert others
    assert bounded(steps, len(own), 10**9) == own
    assert bounded(steps, len(steps), 10**9) == steps
    assert len(bounded(steps, len(steps), sum(s.ByteSize() for s in own))) == len(own)


def test_what_was_said_about_a_contact_that_was_never_opened_is_all():
    decision = routing_events_pb2.Decision()
    decision.record_rejected.contact_id = "c1"
    step = routing_events_pb2.RoutingStep(step_number=1, decisions=[decision])
    steps = explained([Found(0, 0, step.SerializeToString())], "c1")
    response = pb.ExplainResponse(contact_id="c1", is_complete=True, steps=steps)

    assert "1 step in 0 s" in account(response, PLAIN)
    assert "It was never opened" in account(response, PLAIN)


def test_waits_that_look_alike_are_told_apart():
    offer = routing_events_pb2.OfferMade(contact_id="c1", agent_id="bob")
    for id, since in (("c1", 1_000), ("c2", 1_004)):
        compared = [routing_events_pb2.Compared(what="queued_since", value=str(since))]
        offer.explanation.best.add(id=id, compared=compared)

    assert passed_over(offer, "c2", 400_000) == (
        "bob became free and got c1 instead: queued 6 min 39 s, 0.004 s longer than this one"
    )


def test_no_line_is_wider_than_the_terminal(found, contacts):
    for contact_id in list(contacts)[:20]:
        response = pb.ExplainResponse(contact_id=contact_id, steps=explained(found, contact_id))
        for width in (70, 100, 160):
            text = account(response, Shown(width=width, is_colored=False))
            assert max(map(len, text.splitlines()[3:])) <= width
