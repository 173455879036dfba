"""The master key is replaced without anybody noticing, and the one before is of no use after."""

import asyncio
import base64
import secrets
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from chassis.postgres import Database
from chassis.testing import eventually, free_port, running
from contact_center.v1 import key_service_pb2
from crm.adapters.key_rewrapping import KeyRewrapping
from crm.adapters.key_store import KeyStore
from crm.adapters.master_key import MasterKey, MasterKeys, WrongMasterKey
from crm.app import MIGRATIONS

LEASE = key_service_pb2.LeaseKeysRequest
GET = key_service_pb2.GetKeyRequest


def a_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def changed(settings: Any, **keys: str) -> Any:
    """Another replica of the same crm, with these master keys."""
    given = {name: SecretStr(text) for name, text in keys.items()}
    return settings.model_copy(update={"grpc_port": free_port(), "rewrap_seconds": 0.1} | given)


async def masters(settings: Any) -> set[str]:
    """The fingerprints of all that wrapped a key that is still there."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        rows = await connection.fetch("SELECT DISTINCT master FROM crm.contact_keys")
    finally:
        await connection.close()
    return {row["master"] for row in rows}


async def found(crm: Any, keys: Any) -> bool:
    answers = [await crm.keys.GetKey(GET(workspace="main", key_id=key.key_id)) for key in keys]
    return [answer.key for answer in answers] == list(keys)


async def test_a_master_key_is_rotated_under_way_and_the_old_one_is_not_needed_after(
    crm_settings, start_crm
):
    """Step by step as the docs say it, with two replicas that differ by one step."""
    first, second = crm_settings.master_key.get_secret_value(), a_key()
    announced = changed(crm_settings, next_master_key=second)
    rotated = changed(crm_settings, master_key=second, older_master_keys=first)
    async with start_crm(announced) as before:
        early = (await before.keys.LeaseKeys(LEASE(workspace="main", count=700))).keys
        async with start_crm(rotated) as after:
            fresh = (await after.keys.LeaseKeys(LEASE(workspace="main", count=2))).keys
            assert await found(before, fresh)
            assert await found(after, early[:3])
            # Not replaced yet, it goes on with the key that it has.
            late = (await before.keys.LeaseKeys(LEASE(workspace="main", count=2))).keys

            async def all_are_wrapped_anew():
                return len(await masters(crm_settings)) == 1

            await eventually(all_are_wrapped_anew, within=30)
            assert await found(before, [*early[:3], *late])
    async with start_crm(changed(crm_settings, master_key=second)) as alone:
        assert await found(alone, [*early[:3], early[-1], *fresh, *late])


async def test_an_old_master_key_that_is_still_needed_is_not_given_up(crm_settings):
    first, second = MasterKey(secrets.token_bytes(32)), MasterKey(secrets.token_bytes(32))
    async with running(Database(crm_settings, "crm", MIGRATIONS)) as database:
        await KeyStore(database, MasterKeys(first)).lease("main", 1)
        await KeyStore(database, MasterKeys(second, [first])).start()

        with pytest.raises(WrongMasterKey):
            await KeyStore(database, MasterKeys(second)).start()


async def test_the_key_to_come_takes_over_nothing_yet(crm_settings):
    """Else two replicas, one step apart, would wrap each other's keys anew for ever."""
    first, second = MasterKey(secrets.token_bytes(32)), MasterKey(secrets.token_bytes(32))
    async with running(Database(crm_settings, "crm", MIGRATIONS)) as database:
        await KeyStore(database, MasterKeys(second)).lease("main", 1)
        announced = MasterKeys(first, coming=second)
        await KeyStore(database, announced).start()

        assert announced.older == []
        assert await KeyRewrapping(database, announced, 1.0).rewrap() == 0
        assert await masters(crm_settings) == {second.fingerprint}


async def test_the_end_of_the_service_does_not_wait_for_the_next_look(crm_settings):
    first, second = MasterKey(secrets.token_bytes(32)), MasterKey(secrets.token_bytes(32))
    async with running(Database(crm_settings, "crm", MIGRATIONS)) as database:
        await KeyStore(database, MasterKeys(first)).lease("main", 1)
        rewrapping = KeyRewrapping(database, MasterKeys(second, [first]), 3_600.0)
        work = asyncio.create_task(rewrapping.run())

        async def is_wrapped_anew():
            return await masters(crm_settings) == {second.fingerprint}

        await eventually(is_wrapped_anew)
        await rewrapping.stop()
        await asyncio.wait_for(work, 60)


async def test_a_destroyed_key_stays_destroyed_and_a_damaged_one_is_left(crm_settings, caplog):
    first, second = MasterKey(secrets.token_bytes(32)), MasterKey(secrets.token_bytes(32))
    async with running(Database(crm_settings, "crm", MIGRATIONS)) as database:
        keys = KeyStore(database, MasterKeys(first))
        gone, damaged, whole = await keys.lease("main", 3)
        await keys.destroy("main", [gone.key_id])
        await database.execute(
            "UPDATE contact_keys SET wrapped = wrapped || '\\x00'::bytea WHERE key_id = $1",
            damaged.key_id,
        )
        rotated = MasterKeys(second, [first])
        left = await KeyRewrapping(database, rotated, 1.0).rewrap()
        ours = await KeyStore(database, rotated).find("main", [gone.key_id, whole.key_id])

    assert left == 1
    assert ours == {whole.key_id: whole.key}
    assert "does not open" in caplog.text
