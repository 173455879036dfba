"""Keys are given to those who may have them, kept wrapped, and gone when destroyed."""

import base64
import logging
import secrets

import asyncpg
import grpc
import pytest

from chassis.postgres import Database
from chassis.run import Lifecycle
from chassis.security import development_token
from chassis.testing import running
from contact_center.v1 import key_service_pb2, key_service_pb2_grpc
from crm.adapters.key_store import KeyStore
from crm.adapters.master_key import (
    MasterKey,
    MasterKeyMissing,
    MasterKeys,
    WrongMasterKey,
    read_master_key,
)
from crm.app import MIGRATIONS, build

LEASE = key_service_pb2.LeaseKeysRequest
GET = key_service_pb2.GetKeyRequest


async def refusal(call) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), caught.value.details()


async def test_leased_keys_are_new_and_found_again_by_their_id(crm):
    first = await crm.keys.LeaseKeys(LEASE(workspace="main", count=100))
    second = await crm.keys.LeaseKeys(LEASE(workspace="main", count=100))
    found = await crm.keys.GetKey(GET(workspace="main", key_id=first.keys[7].key_id))

    assert len({key.key_id for key in [*first.keys, *second.keys]}) == 200
    assert len({key.key for key in [*first.keys, *second.keys]}) == 200
    assert {len(key.key) for key in first.keys} == {32}
    assert found.key == first.keys[7]


async def test_a_key_is_known_only_in_its_workspace(crm):
    leased = await crm.keys.LeaseKeys(LEASE(workspace="a", count=1))

    code, _ = await refusal(crm.keys.GetKey(GET(workspace="b", key_id=leased.keys[0].key_id)))
    assert code is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    "request_",
    [
        LEASE(workspace="main", count=0),
        LEASE(workspace="main", count=1001),
        LEASE(workspace="", count=1),
        LEASE(workspace="a\x00b", count=1),
        LEASE(workspace="w" * 256, count=1),
    ],
)
async def test_a_lease_that_makes_no_sense_is_an_invalid_argument(crm, request_):
    code, _ = await refusal(crm.keys.LeaseKeys(request_))

    assert code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("", grpc.StatusCode.UNAUTHENTICATED),
        *((role, grpc.StatusCode.PERMISSION_DENIED) for role in ("agent", "supervisor", "admin")),
    ],
)
async def test_only_services_get_keys(crm, role, code):
    token = development_token(role, "ana", "main") if role else ""
    given = (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{crm.settings.grpc_port}") as channel:
        stub = key_service_pb2_grpc.KeyServiceStub(channel)
        lease = stub.LeaseKeys(LEASE(workspace="main", count=1), metadata=given, timeout=10)
        refused, _ = await refusal(lease)

    assert refused is code


async def test_keys_at_rest_are_wrapped_and_never_logged(crm, caplog):
    caplog.set_level(logging.DEBUG)
    leased = await crm.keys.LeaseKeys(LEASE(workspace="main", count=3))

    connection = await asyncpg.connect(crm.settings.database_url.get_secret_value())
    rows = await connection.fetch("SELECT wrapped FROM crm.contact_keys")
    await connection.close()
    stored = b"".join(row["wrapped"] for row in rows)
    assert len(rows) == 3
    for key in leased.keys:
        assert key.key not in stored
        assert key.key.hex() not in caplog.text
        assert repr(key.key) not in caplog.text


async def test_a_destroyed_key_is_not_found(crm, crm_settings):
    leased = await crm.keys.LeaseKeys(LEASE(workspace="main", count=2))
    gone, kept = leased.keys
    async with running(Database(crm_settings, "crm", MIGRATIONS)) as database:
        key = crm_settings.master_key.get_secret_value()
        await KeyStore(database, MasterKeys(read_master_key(key))).destroy("main", [gone.key_id])

    code, _ = await refusal(crm.keys.GetKey(GET(workspace="main", key_id=gone.key_id)))
    assert code is grpc.StatusCode.NOT_FOUND
    assert (await crm.keys.GetKey(GET(workspace="main", key_id=kept.key_id))).key == kept


async def test_crm_refuses_to_start_with_another_master_key(crm_settings):
    async with running(Database(crm_settings, "crm", MIGRATIONS)) as database:
        await KeyStore(database, MasterKeys(MasterKey(secrets.token_bytes(32)))).lease("main", 1)
        other = KeyStore(database, MasterKeys(MasterKey(secrets.token_bytes(32))))

        with pytest.raises(WrongMasterKey):
            await other.start()


def test_a_master_key_is_written_as_base64_or_hexadecimal():
    key = secrets.token_bytes(32)
    texts = base64.b64encode(key).decode(), f"{key.hex()}\n"

    assert len({read_master_key(text).fingerprint for text in texts}) == 1


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(b"x" * 31).decode(), "é" * 44])
def test_without_a_usable_master_key_there_is_no_start(text):
    with pytest.raises(MasterKeyMissing):
        read_master_key(text)


async def test_a_process_without_a_master_key_ends_with_a_failure(crm_settings):
    life = Lifecycle(crm_settings)
    settings = crm_settings.model_copy(update={"master_key": type(crm_settings.master_key)("")})

    with pytest.raises(MasterKeyMissing):
        build(settings, life)
