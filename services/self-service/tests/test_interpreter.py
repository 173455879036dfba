"""The language step by step, as stories."""

import pytest
from flow_scenario import NOON, Scenario, a_contact, a_flow

from self_service.domain import inputs
from self_service.domain.interpreter import advance, start
from self_service.domain.stored import from_json, to_json, version_of

ORDER = """
flow: test
languages: [en, de]
attributes:
  intent: [returns, other]
  weight: number
steps:
  - id: language
    ask: {en: "English or German?", de: "Englisch oder Deutsch?"}
    choices:
      - {value: en, digit: "1", label: English}
      - {value: de, digit: "2", label: Deutsch}
    save: language
    read_choices: false
    otherwise: number
  - id: number
    ask:
      voice:
        en: Type your order number, then the hash key.
        de: Ihre Bestellnummer, dann Raute.
      text: {en: "Which order number?", de: "Welche Bestellnummer?"}
    input: {digits: 8}
    save: order
    retries: 1
    no_match: {en: "Only digits, please.", de: "Bitte nur Ziffern."}
    otherwise: to_people
  - id: why
    ask: {en: "Order {order}: return it?", de: "Bestellung {order}: zurückgeben?"}
    choices:
      - {value: returns, digit: "1", label: {en: "Yes", de: "Ja"}}
      - {value: other, digit: "2", label: {en: "No", de: "Nein"}}
    save: reason
    otherwise: to_people
  - id: note
    set:
      variables: {team: returns}
      attributes: {intent: "{reason}", weight: "2.5"}
  - id: urgent
    branch:
      - when: {tier: [gold, platinum], channel: [voice, video]}
        next: to_gold
    otherwise: to_people
  - id: to_gold
    queue: returns
    priority: 10
    skills: {returns: 3, english: 2}
    identify_within: 2
  - id: to_people
    queue: returns
    while_waiting: {en: "One moment.", de: "Einen Moment."}
"""


@pytest.fixture
def order() -> Scenario:
    return Scenario(a_flow(ORDER))


def test_a_chosen_language_is_used_from_then_on(order: Scenario):
    order.play("""
        chat
        ----
        writes: English or German? [English] [Deutsch]

        types deutsch
        ----
        writes: Welche Bestellnummer?

        types 12-34 56
        ----
        writes: Bestellung 123456: zurückgeben? [Ja] [Nein]

        types ja
        ----
        notice: Einen Moment.
        queue returns intent=returns weight=2.5 customer unknown
    """)


def test_a_caller_types_digits_and_is_served_by_tier(order: Scenario):
    order.play("""
        voice
        ----
        asks (1): English or German?

        known tier=gold
        ----

        key 1
        ----
        asks (8#): Type your order number, then the hash key.

        key 4711
        ----
        asks (1): Order 4711: return it? For Yes, press 1. For No, press 2.

        key 2
        ----
        queue returns priority=10 returns>=3 english>=2 intent=other weight=2.5
        music
    """)


def test_questions_are_asked_again_as_often_as_the_flow_says(order: Scenario):
    order.play("""
        chat
        ----
        writes: English or German? [English] [Deutsch]

        types 1
        ----
        writes: Which order number?

        types I do not know
        ----
        writes: Only digits, please. / Which order number?

        waits
        ----
        notice: One moment.
        queue returns customer unknown
    """)


def test_a_queue_waits_for_the_customer_only_so_long():
    flow = a_flow("""
flow: test
steps:
  - {id: to_sales, queue: sales, identify_within: 2, while_waiting: "One moment."}
""")
    Scenario(flow).play("""
        chat
        ----
        notice: One moment.

        types are you there?
        ----

        waits
        ----
        queue sales customer unknown
    """)
    Scenario(flow).play("""
        chat
        ----
        notice: One moment.

        new
        ----
        queue sales
    """)


def test_a_caller_cannot_type_text_and_goes_on():
    Scenario(
        a_flow("""
flow: test
steps:
  - {id: what, ask: "What is it about?", input: {text: 20}, save: subject, otherwise: people}
  - {id: note, say: "You wrote: {subject}"}
  - {id: bye, end: message_taken}
  - {id: people, queue: support}
""")
    ).play("""
        voice
        ----
        queue support customer unknown
        music
    """)


def test_the_answer_to_an_earlier_question_is_no_answer(order: Scenario):
    order.act("voice")
    assert order.state is not None
    earlier = order.state.question_id
    order.act("key 1")

    late = inputs.Typed(digits="2", question_id=earlier)
    assert advance(order.flow, order.state, late, order.now) == (order.state, ())


def test_a_deadline_that_is_not_due_changes_nothing(order: Scenario):
    order.act("chat")
    assert order.state is not None

    early = advance(order.flow, order.state, inputs.DeadlinePassed(), order.now)
    assert early == (order.state, ())


def test_a_repeat_has_the_same_ids():
    flow = a_flow(ORDER)
    begun, told = start(flow, "v", a_contact(), NOON)
    again, told_again = start(flow, "v", a_contact(), NOON)

    answer = inputs.Wrote(text="2")
    assert told == told_again
    assert advance(flow, begun, answer, NOON) == advance(flow, again, answer, NOON)


def test_no_two_effects_of_a_contact_share_an_id(order: Scenario):
    for act in ("voice", "key 9", "key 1", "key 123", "silent", "key 1"):
        order.act(act)

    ids = [effect.effect_id for effect in order.effects]
    assert len(set(ids)) == len(ids) >= 6


def test_a_stored_flow_is_the_same_flow():
    flow = a_flow(ORDER)
    stored = to_json(flow)

    assert from_json(stored) == flow
    assert version_of(stored) == version_of(to_json(a_flow(ORDER + "\n# a comment\n")))
    assert version_of(stored) != version_of(to_json(a_flow(ORDER.replace("One moment", "Hold"))))


def test_a_flow_stored_before_a_field_was_known_still_runs():
    stored = to_json(a_flow(ORDER)).replace('"reads_choices":true,', "")

    assert from_json(stored).step("why").reads_choices is False


def test_what_a_customer_types_is_never_read_as_a_template():
    told = Scenario(
        a_flow("""
flow: test
steps:
  - {id: what, ask: "Your name?", input: {text: 20}, save: name, otherwise: people}
  - {id: hello, say: "Hello {name}, {{}} {tier}"}
  - {id: people, queue: support}
""")
    )
    told.play("""
        chat
        ----
        writes: Your name?

        types {tier} {0.__class__}
        ----
        writes: Hello {tier} {0.__class__}, {}
        queue support customer unknown
    """)
