"""What agents write to each other in a consult is in no window."""

import pytest

from contact_center.v1 import contact_events_pb2, message_events_pb2
from ingest_digital.adapters.codec import read
from ingest_digital.domain.words import Position


@pytest.mark.parametrize(
    ("kind", "is_shown"),
    [
        (message_events_pb2.MESSAGE_KIND_TEXT, True),
        (message_events_pb2.MESSAGE_KIND_INTERNAL, False),
    ],
)
def test_an_internal_message_is_none_that_a_chat_may_show(kind: int, is_shown: bool) -> None:
    event = message_events_pb2.MessageEvent(workspace="main", conversation_id="v1")
    event.message_recorded.message_id = "m1"
    event.message_recorded.author = contact_events_pb2.PARTY_AGENT
    event.message_recorded.kind = kind
    event.message_recorded.body.key_id = "k1"
    event.message_recorded.body.nonce = b"n" * 12
    event.message_recorded.body.ciphertext = b"c" * 20
    _, _, shown = read.shown_message(event.SerializeToString(), Position(partition=0, offset=7))

    assert (shown is not None) is is_shown
