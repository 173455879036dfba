"""What is typed into the terminal is understood, or answered with what would be."""

import pytest

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import wanted_in
from desk.terminal.entry import Entry, NotUnderstood, completions, parse
from desk.terminal.reader import result_in_words

from .watched import Watched


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ("hello there", Entry(verb="send", text="hello there")),
        ("//slash", Entry(verb="send", text="/slash")),
        ("/2", Entry(verb="select", word="2")),
        ("/break lu", Entry(verb="presence", word="break", text="lunch")),
        ("/next break lunch", Entry(verb="next", word="break", text="lunch")),
        ("/next offline", Entry(verb="next", word="offline")),
        ("/transfer bill", Entry(verb="transfer", word="billing")),
        ("/transfer @bob", Entry(verb="transfer", word="@bob")),
        ("/transfer flow:main", Entry(verb="transfer", word="flow:main")),
        ("/consult @bob", Entry(verb="consult", word="@bob")),
        (
            "/transfer bill skills=vip:2 tier=gold",
            Entry(verb="transfer", word="billing", wanted=wanted_in("skills=vip:2 tier=gold")),
        ),
        ("/consult @bob any=a|b", Entry(verb="consult", word="@bob", wanted=wanted_in("any=a|b"))),
        ("/tell may I? ", Entry(verb="tell", text="may I?")),
        ("/consult bill", Entry(verb="consult", word="billing")),
        ("/conference", Entry(verb="conference")),
        ("/handover", Entry(verb="handover")),
        ("/leave", Entry(verb="leave")),
        ("/done solved  a note ", Entry(verb="done", word="solved", text="a note")),
        ("/hold", Entry(verb="hold")),
        ("   ", None),
    ],
)
def test_what_is_typed_is_understood(watched: Watched, typed: str, entry: Entry | None) -> None:
    watched.snapshot()
    watched.hold("c1")

    assert parse(typed, watched.view) == entry


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/dance", "/help"),
        ("/accept", "no offer"),
        ("/transfer mars", "support, billing"),
        ("/consult flow:main", "support, billing"),
        ("/transfer @", "support, billing"),
        ("/transfer bill vip", "'vip' is no skills, any, languages"),
        ("/consult bill skills=,", "a name is missing"),
        ("/done s", "solved, spam"),
        ("/break", "lunch"),
        ("/next", "/next available"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_would_be(
    watched: Watched, typed: str, says: str
) -> None:
    watched.snapshot()
    watched.hold("c1")
    with pytest.raises(NotUnderstood, match=says):
        parse(typed, watched.view)


def test_text_needs_a_contact(watched: Watched) -> None:
    with pytest.raises(NotUnderstood, match="no contact"):
        parse("hello", watched.view)


def test_completions_come_from_the_policy(watched: Watched) -> None:
    watched.snapshot()

    assert [choice for choice, _ in completions("/tr", watched.view)] == ["/transfer"]
    assert completions("/transfer b", watched.view) == [("billing", "")]
    assert completions("/done s", watched.view) == [("solved", ""), ("spam", "")]
    assert completions("/next break ", watched.view) == [("lunch", "")]
    assert completions("hello", watched.view) == []


def test_every_reason_of_the_router_has_words() -> None:
    for because in routing.RejectedBecause.values():
        result = work.CommandResult(code=work.RESULT_CODE_REJECTED, because=because)

        assert "_" not in result_in_words(result)
