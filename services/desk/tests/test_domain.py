"""What is remembered for a resume and for conversations, and how ids repeat."""

import uuid

import pytest

from desk.domain.agents import AgentView, Channel, Connection, HeldContact, State
from desk.domain.history import History
from desk.domain.messages import Message, NamedMessages, RecentMessages, SealedMessage, newest
from desk.domain.names import derived_id, first_reply_id, message_id_of
from desk.domain.results import Code, result_of
from desk.domain.steps import AgentTold, Decision, Refused, SessionStarted, Step


def step(number: int, *decisions: Decision, event_id: str = "") -> Step:
    return Step(workspace="w", number=number, event_id=event_id, decisions=decisions)


def told(agent_id: str = "ana", what: str = "") -> AgentTold:
    return AgentTold(agent_id=agent_id, payload=what)


def view(*contacts: HeldContact, number: int = 1) -> AgentView:
    return AgentView(
        agent_id="ana",
        session_number=number,
        connection=Connection.CONNECTED,
        contacts=contacts,
        offers=(),
        payload=None,
    )


def held(contact_id: str, state: State = State.CONNECTED, conversation: str = "t") -> HeldContact:
    return HeldContact(
        contact_id=contact_id,
        channel=Channel.TEXT,
        state=state,
        conversation_id=conversation,
        customer_id="",
        key_id="k",
    )


def history(*steps: Step, max_agents: int = 10, max_steps: int = 10) -> History:
    remembered = History(max_agents=max_agents, max_steps=max_steps)
    for one in steps:
        remembered.add(one)
    return remembered


def test_a_resume_gets_all_that_came_after_its_step() -> None:
    remembered = history(step(5, told()), step(6), step(7, told(what="missed"), told("bob")))
    missed = remembered.since("w", "ana", session_number=3, after_step=5)

    assert missed == [(7, (told(what="missed"),))]


def test_nothing_is_resumed_from_before_the_desk_followed() -> None:
    remembered = history(step(5, told()))

    assert remembered.since("w", "ana", session_number=3, after_step=3) is None
    assert remembered.since("w", "ana", session_number=3, after_step=4) == [(5, (told(),))]
    assert remembered.since("elsewhere", "ana", session_number=3, after_step=5) is None


def test_nothing_is_resumed_over_another_sign_in() -> None:
    other = SessionStarted(session_id="s", agent=view(number=6))
    remembered = history(step(5), step(6, other))

    assert remembered.since("w", "ana", session_number=3, after_step=5) is None
    assert remembered.since("w", "ana", session_number=6, after_step=6) == []


def test_a_first_sign_in_resumes_nothing() -> None:
    assert history(step(5)).since("w", "ana", session_number=0, after_step=0) is None


def test_what_was_forgotten_is_known_to_be_forgotten() -> None:
    full = history(*(step(n, told()) for n in range(1, 6)), max_steps=3)
    crowded = history(
        step(1, told("ana")), step(2, told("bob")), step(3, told("cem")), max_agents=2
    )

    assert full.since("w", "ana", 1, after_step=1) is None
    assert full.since("w", "ana", 1, after_step=2) is not None
    assert crowded.since("w", "ana", 1, after_step=1) == []
    assert crowded.since("w", "dia", 1, after_step=1) == []


def sealed(message_id: str, size: int = 10, conversation: str = "t") -> SealedMessage:
    return SealedMessage(
        workspace="w",
        conversation_id=conversation,
        contact_id="c",
        message_id=message_id,
        size_bytes=size,
        payload=None,
    )


def test_recent_messages_are_kept_once_and_the_oldest_go_first() -> None:
    recent = RecentMessages(max_messages=3, max_bytes=100)
    added = [recent.add(sealed(name)) for name in ("a", "b", "a", "c", "d")]
    recent.add(sealed("big", size=90))

    assert added == [True, True, False, True, True]
    assert [message.message_id for message in recent.of("w", "t")] == ["d", "big"]
    assert recent.of("w", "other") == []


def test_named_messages_are_missing_until_they_are_known_or_forgotten() -> None:
    named = NamedMessages(max_messages=2)
    named.add("w", "t", "a")
    named.add("w", "t", "b")
    named.add("w", "t", "c")

    assert named.missing("w", "t", {"b"})
    assert not named.missing("w", "t", {"b", "c"})
    assert not named.missing("w", "other", set())


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [([1, 1, 1], 3), ([1, 1, 1, 1], 3), ([9, 5, 5], 2), ([11], 0)],
)
def test_of_a_long_conversation_the_newest_that_fit_are_shown(sizes: list[int], kept: int) -> None:
    messages = [
        Message(message_id=str(n), size_bytes=size, payload=None) for n, size in enumerate(sizes)
    ]
    chosen, is_all = newest(messages, max_messages=3, max_bytes=10)

    assert chosen == messages[len(messages) - kept :]
    assert is_all == (kept == len(messages))


def test_a_message_is_shown_under_the_contact_that_goes_on() -> None:
    old, new = held("old", State.WRAP_UP), held("new")

    assert view(old, new).listener("t", "old") == new
    assert view(old).listener("t", "old") == old
    assert view(old).listener("t", "somebody else's") is None
    assert view(new).listener("elsewhere", "new") is None


def test_a_repeat_counts_as_done() -> None:
    repeated = step(1, Refused(because="REPEATED", detail=""))
    refused = step(1, Refused(because="UNKNOWN_QUEUE", detail="queue 'x'"))

    assert result_of(repeated).is_ok
    assert result_of(refused).code is Code.REJECTED
    assert result_of(refused).detail == "queue 'x'"


def test_ids_are_derived_so_that_a_repeat_is_the_same() -> None:
    session, other = str(uuid.uuid4()), str(uuid.uuid4())

    assert derived_id(session, "1") == derived_id(session, "1")
    assert derived_id(session, "1") != derived_id(other, "1")
    assert message_id_of(derived_id(session, "1")) == message_id_of(derived_id(session, "1"))
    assert first_reply_id("c1") == first_reply_id("c1") != first_reply_id("c2")
