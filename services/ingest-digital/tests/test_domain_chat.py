"""The chats' memory and state, without clock or I/O."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from ingest_digital.domain import ids
from ingest_digital.domain.chat import (
    Connected,
    Ended,
    Estimated,
    Opened,
    Phase,
    Queued,
    Received,
    Wait,
)
from ingest_digital.domain.chat_log import ChatLog, ShownMessage
from ingest_digital.domain.conversations import Conversations
from ingest_digital.domain.rates import TokenBucket
from ingest_digital.domain.words import Author, Channel, Position, Sealed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BODY = Sealed("k", b"n" * 12, b"c")


def a_message(seq: int, message_id: str = "") -> ShownMessage:
    return ShownMessage(
        seq=seq,
        partition=0,
        message_id=message_id or f"m{seq}",
        author=Author.AGENT,
        author_id="ana",
        body=BODY,
        said_at=NOON,
    )


def opened(contact_id: str, conversation_id: str = "v1", channel: Channel = Channel.CHAT) -> Opened:
    return Opened(
        contact_id=contact_id,
        conversation_id=conversation_id,
        channel=channel,
        entry_point="web",
        key_id="k",
        is_arrival=contact_id == "c1",
    )


def some_conversations(**limits: int) -> Conversations:
    return Conversations(**{"conversations": 100, "messages": 100, "messages_each": 10, **limits})


def test_the_first_record_of_a_message_counts():
    log = ChatLog(10)
    assert log.add(a_message(3, "m"))
    assert not log.add(a_message(7, "m"))

    assert log.place_of("m") == Position(0, 3)


def test_a_record_that_is_read_again_changes_nothing():
    log = ChatLog(10)
    log.add(a_message(3))
    log.add(a_message(5))

    assert not log.add(a_message(3, "another"))
    assert [message.seq for message in log.after(-1)] == [3, 5]


@given(st.sets(st.integers(0, 200)), st.integers(-1, 200), st.integers(1, 20))
def test_what_comes_after_a_number_is_whole_or_said_to_be_incomplete(seqs, last_seq, limit):
    log = ChatLog(limit)
    log.is_from_start = True
    for seq in sorted(seqs):
        log.add(a_message(seq))
    wanted = [seq for seq in sorted(seqs) if seq > last_seq]
    found = [message.seq for message in log.after(last_seq)]

    assert found == wanted[-limit:]
    assert log.is_complete_after(last_seq) or found != wanted or len(seqs) > limit
    if found != wanted:
        assert not log.is_complete_after(last_seq)


def test_a_conversation_that_was_not_seen_from_its_start_says_what_it_lacks():
    log = ChatLog(10)
    log.add(a_message(5))

    assert not log.is_complete_after(3)
    assert log.is_complete_after(5)


def test_a_transfer_goes_on_under_the_new_contact():
    """What is still said about the old one changes nothing."""
    found = some_conversations()
    for decision in (
        opened("c1"),
        Connected(contact_id="c1", agent_id="ana"),
        opened("c2"),
        Queued(contact_id="c2"),
        Ended(contact_id="c1", by="agent"),
    ):
        found.decide(decision, 0.0)
    conversation = found.get("v1")

    assert conversation is not None
    assert (conversation.contact_id, conversation.phase) == ("c2", Phase.WAITING)
    assert conversation.changes == 3


def test_a_wait_is_known_until_the_waiting_ends():
    """A new visit has another one; who is connected or over is told none."""
    wait = Wait(low_seconds=60, high_seconds=120, told_at=NOON)
    told = Estimated(contact_id="c1", wait=wait)
    found = some_conversations()
    waits = []
    for decision in (
        opened("c1"),
        Estimated(contact_id="c9", wait=wait),
        Queued(contact_id="c1"),
        told,
        Queued(contact_id="c1"),
        told,
        Connected(contact_id="c1", agent_id="ana"),
        told,
        opened("c2"),
    ):
        conversation = found.decide(decision, 0.0) or found.get("v1")
        assert conversation is not None
        waits.append(conversation.wait)

    assert waits == [None, None, None, wait, None, wait, None, None, None]
    assert conversation.changes == 6


def test_who_ended_it_is_what_was_said_first():
    found = some_conversations()
    found.decide(opened("c1"), 0.0)
    found.decide(Ended(contact_id="c1", by="agent"), 0.0)
    found.decide(Ended(contact_id="c1", by="system"), 0.0)
    conversation = found.get("v1")

    assert conversation is not None
    assert conversation.ended_by == "agent"


def test_content_may_be_read_before_the_contact_and_calls_leave_nothing():
    found = some_conversations()
    found.record("v1", a_message(1), 0.0)
    found.record("v2", a_message(2), 0.0)
    found.decide(opened("c1", "v1"), 0.0)
    assert found.decide(opened("c9", "v2", Channel.OTHER), 0.0) is None
    assert found.record("v2", a_message(4), 0.0) is None

    assert found.message_count == 1


def test_the_oldest_closed_conversation_is_forgotten_first():
    found = some_conversations(conversations=2)
    found.decide(opened("c1", "open"), 0.0)
    found.decide(opened("c2", "closed"), 0.0)
    found.decide(Ended(contact_id="c2", by="agent"), 0.0)
    found.decide(opened("c3", "new"), 0.0)

    assert found.get("closed") is None
    assert found.get("open") is not None
    assert found.has_forgotten


def test_a_conversation_with_a_window_is_never_forgotten():
    found = some_conversations(messages=2)
    found.keep("v1", 0.0).sockets = 1
    for seq in range(5):
        found.record("v1", a_message(seq), 0.0)
        found.record("v2", a_message(seq), 0.0)

    conversation = found.get("v1")
    assert conversation is not None
    assert len(conversation.log) == 5


def test_a_message_that_is_here_before_its_contact_is_kept_although_all_places_are_taken():
    found = some_conversations(conversations=2)
    found.decide(opened("c1", "open"), 0.0)
    found.decide(opened("c2", "another"), 0.0)
    found.record("early", a_message(0), 0.0)

    early = found.get("early")
    assert early is not None and len(early.log) == 1
    assert len(found) == 2


@example([(0, 3), (2, 3), (3, 3), (4, 3), (5, 3), (1, 0)])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=200))
def test_the_count_of_messages_is_right_whatever_happens(doings):
    found = some_conversations(conversations=5, messages=8, messages_each=4)
    for seq, (number, doing) in enumerate(doings):
        name = f"v{number}"
        match doing:
            case 0 | 1:
                found.record(name, a_message(seq), 0.0)
            case 2:
                found.decide(opened(f"c{number}", name, Channel.OTHER), 0.0)
            case 3:
                found.decide(opened(f"c{number}", name), 0.0)
    kept = [found.get(f"v{number}") for number in range(10)]

    assert found.message_count == sum(len(each.log) for each in kept if each)
    assert found.message_count <= 8 and len(found) <= 5


def test_what_the_router_received_is_remembered_for_a_while():
    found = some_conversations()
    found.decide(opened("c1"), 0.0)
    for number in range(300):
        found.decide(Received(contact_id="c1", conversation_id="v1", message_id=f"m{number}"), 0.0)
    conversation = found.get("v1")

    assert conversation is not None
    assert "m299" in conversation.received and "m0" not in conversation.received


def test_a_burst_is_allowed_and_then_the_rate():
    bucket = TokenBucket(2.0, 3, now=0.0)

    assert [bucket.allows(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.allows(0.5), bucket.allows(0.5)] == [True, False]


def test_ids_are_made_again_and_do_not_mix():
    first = ids.chat_conversation_id("w", "web", "visitor", "start")

    assert first == ids.chat_conversation_id("w", "web", "visitor", "start")
    assert first != ids.chat_conversation_id("w2", "web", "visitor", "start")
    assert first != ids.chat_conversation_id("w", "webv", "isitor", "start")
