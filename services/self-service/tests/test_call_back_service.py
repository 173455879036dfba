"""A visitor who is called back at a number that they typed: on the real topics."""

from pathlib import Path

import pytest
from surroundings import Surroundings, a_policy

from chassis.sealing import SealedBytes, address_token, open_sealed
from chassis.testing import eventually
from contact_center.v1 import routing_events_pb2 as routing

from .conftest import SECRET, StartReplica
from .key_service import key_of

FLOW = """
flow: back
channels: [chat]
steps:
  - {id: ask, ask: "Which number?", input: {digits: 15}, save: typed, next: back, otherwise: people}
  - id: back
    callback: sales
    number: "{typed}"
    country: 49
    in_minutes: 30
    goodbye: We will call you.
    otherwise: people
  - {id: people, queue: sales}
"""


@pytest.fixture
def flows_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "back.yaml").write_text(FLOW)
    return folder


async def test_what_was_typed_is_where_to_call_and_stays_sealed(
    replica: StartReplica, around: Surroundings
):
    policy = a_policy({"web": ("chat", "back")})
    policy.version = 2
    await around.activate(policy)
    async with replica():
        visitor = await around.arrive("web")
        await visitor.hears("Which number?")
        await visitor.types("030 200031")
        asked = await visitor.queued()
        visit = routing.VisitOpened(contact_id=visitor.contact_id, queue=asked.queue)
        await around.decide(routing.Decision(visit_opened=visit))
        [wanted] = await eventually(lambda: around.facts("callback_requested", visitor.contact_id))
        await visitor.hears("Which number?", "We will call you.")

    [where] = wanted.addresses
    assert (where.kind, where.is_verified) == ("phone", False)
    assert where.token == address_token(SECRET, "phone", "+4930200031")
    aad = f"{around.workspace}|AddressToken.address|{visitor.key_id}".encode()
    sealed = SealedBytes(where.address.key_id, where.address.nonce, where.address.ciphertext)
    assert open_sealed(key_of(around.workspace, visitor.key_id), sealed, aad) == b"+4930200031"
    assert wanted.HasField("scheduled_at")
