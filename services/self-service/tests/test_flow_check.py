"""What is wrong with a flow file is said with its line and what would be right."""

import pytest

from self_service.adapters.flow_file import MAX_BYTES, parse_flow
from self_service.domain.document import FlowInvalid


def problems(text: str, name: str = "test") -> list[str]:
    with pytest.raises(FlowInvalid) as caught:
        parse_flow(text.encode(), name)
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


ASK = 'ask: "?", choices: [{value: a, digit: "1", label: A}]'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty: a flow has 'flow' and 'steps'"),
        ("flow: [", "1: not YAML: expected the node content, but found '<stream end>'"),
        ("flow: test\nflow: test", "2: 'flow' stands there twice"),
        ("flow: &a test\nsteps: *a", "2: aliases (*name) are not allowed: write it out"),
        ("flow: test", "1: flow: 'steps' is missing: a flow has at least one step"),
        ("- a", "1: flow: must have fields (name: value)"),
        (
            "flow: other\nsteps:\n - {id: a, end: resolved}",
            "1: flow: is named 'other', but its file 'test': use one name",
        ),
        (
            "flow: test\nlanguges: [en]\nsteps:\n - {id: a, end: resolved}",
            "2: flow: unknown field 'languges'; did you mean 'languages'?",
        ),
        (
            "flow: test\nchannels: [chatt]\nsteps:\n - {id: a, end: resolved}",
            "2: flow: unknown channel 'chatt'; did you mean 'chat'?",
        ),
    ],
)
def test_the_file_as_a_whole(text: str, expected: str):
    assert expected in problems(text)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{id: a, end: solved}", "step 'a': 'end' is 'solved': must be resolved or message_taken"),
        ("{end: resolved}", "a step without 'id'"),
        ("{id: a, endd: resolved}", "step 'a': must have exactly one of say, ask, branch, set, "),
        ("{id: a, say: x, end: resolved}", "it has 'say' and 'end'"),
        ("{id: a, queue: b, prioriti: 3}", "unknown field 'prioriti'; did you mean 'priority'?"),
        ("{id: a, queue: b, priority: high}", "'priority' is 'high': must be a number from -1000"),
        ("{id: a, queue: b, skills: {c: 6}}", "level of skill 'c' is '6': must be a number from 1"),
        ("{id: a, queue: b, identify_within: 90}", "must be a number from 0 to 30"),
        ("{id: a, queue: b, attributes: {c: d}}", "attribute 'c' is not declared in 'attributes'"),
        (
            "{id: a, callback: b}",
            "step 'a': 'otherwise' is missing: the step to go to when there is",
        ),
        ("{id: a, callback: b, otherwise: a}", "comes back to itself without asking the customer"),
        ("{id: a, callback: b, number: '123', otherwise: a}", "'number' takes '{variable}' of a"),
        (
            "{id: a, callback: b, number: '{x}', otherwise: a}",
            "'number': variable 'x' is never set",
        ),
        (
            "{id: a, callback: b, number: '{x}', country: DE, otherwise: a}",
            "'country' is 'DE': must be a calling code such as 49",
        ),
        ("{id: a, callback: b, country: 49, otherwise: a}", "which is missing"),
        (
            "{id: a, callback: b, in_minutes: 0, otherwise: a}",
            "'in_minutes' is '0': must be minutes from 1 to 43200, or '{variable}' of a question",
        ),
        (
            "{id: a, callback: b, in_minutes: '{x}', otherwise: a}",
            "variable 'x' is never set",
        ),
        ("{id: a, callback: b, otherwise: a, gooodbye: x}", "'gooodbye'; did you mean 'goodbye'?"),
        ("{id: a, say: hello}", "nothing follows: give 'next', or let a 'queue' or 'end' step"),
        ("{id: a, say: hello, next: b}", "step 'a': there is no step 'b'; known: a"),
        ("{id: a, say: '{name}', next: a}", "variable 'name' is never set; "),
        ("{id: a, queue: b, while_waiting: '{wait}'}", "{wait} is known in 'expected_wait' only"),
        (
            "{id: a, queue: b, expected_wait: '{wait} {weight}'}",
            "'expected_wait': variable 'weight' is never set",
        ),
        ("{id: a, set: {variables: {wait: x}}, next: a}", "variable 'wait' is set, but it is"),
        ("{id: a, branch: [{when: {wait: 1}, next: a}], otherwise: a}", "'wait' is never set"),
        ("{id: a, say: '{', next: a}", "a lone brace: write {{ and }} for braces that are meant"),
        ("{id: a, say: '{x!r}', next: a}", "{x} is no variable"),
        ("{id: a, say: {fr: salut}, next: a}", "'fr' is no language of this flow; "),
        ("{id: a, say: {voice: {de: x}}, next: a}", "'de' is no language of this flow"),
        ("{id: a, say: hello, next: a}", "no way leads to a 'queue' or 'end' step"),
        (f"{{id: a, {ASK}, otherwise: a, next: a}}", "no way leads to a 'queue' or 'end' step"),
        (f"{{id: a, {ASK}, next: a}}", "'otherwise' is missing: the step to go to when no answer"),
        ("{id: a, ask: x, otherwise: a, next: a}", "a question has either 'choices' or 'input'"),
        (
            "{id: a, ask: x, choices: [{value: a, label: A}], otherwise: a, next: a}",
            "choice 'a' has no 'digit': a caller can only press keys",
        ),
        (
            "{id: a, ask: x, choices: [{value: a, digit: 1, label: A, words: [Hi]},"
            " {value: b, digit: 2, label: B, words: [hi!]}], otherwise: a, next: a}",
            "choice 'b' has the word 'hi' of choice 'a' too",
        ),
        (
            "{id: a, ask: x, choices: [{value: a, digit: 12, label: A}], otherwise: a, next: a}",
            "'digit' is '12': must be one key of 0123456789*#",
        ),
        ("{id: a, ask: x, input: {speech: 3}, otherwise: a, next: a}", "'input' is either"),
        ("{id: a, ask: {text: x}, input: {digits: 3}, otherwise: a}", "no text for 'voice'"),
        ("{id: a, branch: [{when: {x: 1}, next: a}], otherwise: a}", "variable 'x' is never set"),
        (
            "{id: a, branch: [{when: {channel: chatt}, next: a}], otherwise: a}",
            "'channel' is never 'chatt'; did you mean 'chat'?",
        ),
        (
            "{id: a, branch: [{when: {customer: old}, next: a}], otherwise: a}",
            "'customer' is never 'old'",
        ),
        ("{id: a, branch: [{next: a}], otherwise: a}", "'when' is missing"),
        (
            "{id: a, set: {variables: {channel: x}}, next: a}",
            "variable 'channel' is set, but it is",
        ),
        ("{id: a, set: {}, next: a}", "sets nothing: give 'variables' or 'attributes'"),
    ],
)
def test_one_step(step: str, expected: str):
    found = problems(f"flow: test\nsteps:\n  - {step}")

    assert any(line.startswith("3: ") and expected in line for line in found) or any(
        expected in line for line in found if line.startswith("1: variable")
    ), found


def test_a_delay_that_could_be_none_is_told_where_it_is_used():
    assert problems("""flow: test
steps:
  - {id: late, set: {variables: {late: soon}}}
  - {id: back, callback: front, in_minutes: "{late}", otherwise: people}
  - {id: people, queue: front}
""") == [
        "4: step 'back': 'in_minutes': variable 'late' can be 'soon': "
        "must be minutes from 1 to 43200"
    ]


def test_every_problem_is_told_at_once_and_in_order():
    assert problems("""flow: test
steps:
  - id: one
    say: hello
    next: tree
  - id: two
    queue: sales
    priority: 1.5
  - id: two
    end: resolved
""") == [
        "5: step 'one': there is no step 'tree'; known: one, two",
        "8: step 'two': 'priority' is 1.5: must be a whole number",
        "9: step 'two' stands already at line 6: ids are unique",
    ]


def test_a_step_that_nothing_leads_to():
    assert problems("""flow: test
steps:
  - {id: one, end: resolved}
  - {id: two, end: resolved}
""") == ["4: step 'two' is never reached: no step goes to it"]


def test_a_loop_that_asks_nothing():
    found = problems("""flow: test
steps:
  - {id: one, branch: [{when: {customer: known}, next: three}], otherwise: two}
  - {id: two, say: hello, next: one}
  - {id: three, end: resolved}
""")

    assert found == [
        f"{line}: step {step!r} comes back to itself without asking the customer anything: "
        "let the loop go through an 'ask'"
        for line, step in ((3, "one"), (4, "two"))
    ]


def test_a_question_that_no_caller_can_answer_is_no_way_out_of_a_loop():
    found = problems("""flow: test
steps:
  - {id: one, ask: "?", input: {text: 9}, otherwise: one}
  - {id: three, end: resolved}
""")

    assert len(found) == 1
    assert "comes back to itself" in found[0]


def test_nothing_is_said_on_mail():
    assert problems("""flow: test
channels: [email]
steps:
  - {id: one, say: We got your mail.}
  - {id: two, queue: support, while_waiting: Hold on.}
""") == [
        f"{line}: step {step!r}: nothing can be said on email: on such channels a flow may only "
        "branch, set and queue; use a flow of its own for others"
        for line, step in ((4, "one"), (5, "two"))
    ]


def test_what_customers_type_never_becomes_an_attribute():
    found = problems("""flow: test
attributes: {account: number, topic: [a]}
steps:
  - {id: one, ask: "?", input: {digits: 9}, save: account, otherwise: three}
  - {id: two, set: {attributes: {account: "{account}"}}}
  - {id: three, queue: support, attributes: {topic: b}}
""")

    assert found == [
        "5: step 'two': attribute 'account' takes a fixed value, or '{variable}' of a question "
        "with choices",
        "6: step 'three': 'topic' is never 'b'; known: a",
    ]


def test_the_first_language_must_be_there():
    assert problems("""flow: test
languages: [en, de]
steps:
  - {id: one, say: {de: Hallo}}
  - {id: two, end: resolved}
""") == ["4: step 'one': 'say': no text in 'en', the flow's first language"]


@pytest.mark.parametrize("text", ["\xff", "flow: test\nsteps: " + "[" * 2000, "a: " * 30])
def test_garbage_is_refused(text: str):
    with pytest.raises(FlowInvalid):
        parse_flow(text.encode("latin-1"), "test")


def test_a_huge_file_is_refused():
    assert problems("#" * (MAX_BYTES + 1)) == [f"1: the file is larger than {MAX_BYTES} bytes"]
