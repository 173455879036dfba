"""The keys of contacts in Postgres, wrapped."""

import uuid
from collections.abc import Iterable
from typing import Any

from chassis.part import Part
from chassis.postgres import Database
from chassis.sealing import new_key
from crm.adapters.master_key import MasterKeys, WrongMasterKey
from crm.domain.keys import ContactKey

INSERT = """
INSERT INTO contact_keys (workspace, key_id, wrapped, master, customer_id)
SELECT $1, key_id, wrapped, $4, $5 FROM unnest($2::text[], $3::bytea[]) AS k(key_id, wrapped)
"""
SELECT = """
SELECT key_id, wrapped, master FROM contact_keys
WHERE workspace = $1 AND key_id = ANY ($2::text[]) AND wrapped IS NOT NULL
"""
# Each that occurs, one look into the index for each: there are few, and many keys.
MASTERS = """
WITH RECURSIVE masters AS (
    SELECT min(master) AS master FROM contact_keys WHERE wrapped IS NOT NULL
    UNION ALL
    SELECT (SELECT min(k.master) FROM contact_keys k
            WHERE k.wrapped IS NOT NULL AND k.master > masters.master)
    FROM masters WHERE masters.master IS NOT NULL
) SELECT master FROM masters WHERE master IS NOT NULL
"""
DESTROY = """
UPDATE contact_keys SET wrapped = NULL, destroyed_at = now()
WHERE workspace = $1 AND key_id = ANY ($2::text[]) AND wrapped IS NOT NULL
"""


class KeyStore(Part):
    """Makes keys, finds them by id, destroys them. Clear keys live only in what it returns."""

    def __init__(self, database: Database, master_keys: MasterKeys) -> None:
        self._database = database
        self._master_keys = master_keys

    async def start(self) -> None:
        """WrongMasterKey when stored keys were wrapped with one that we do not have."""
        rows = await self._database.fetch(MASTERS)
        if not all(self._master_keys.can_open(row["master"]) for row in rows):
            raise WrongMasterKey("stored keys were wrapped with another master key")

    async def lease(self, workspace: str, count: int) -> list[ContactKey]:
        """New keys, durable before they are given away."""
        async with self._database.connection() as connection:
            return await self.make(connection, workspace, count)

    async def make(
        self, connection: Any, workspace: str, count: int, customer_id: str | None = None
    ) -> list[ContactKey]:
        """New keys, written with the caller's connection."""
        keys = [ContactKey(key_id=str(uuid.uuid4()), key=new_key()) for _ in range(count)]
        wrapped = [self._master_keys.wrap(workspace, key.key_id, key.key) for key in keys]
        ids = [key.key_id for key in keys]
        fingerprint = self._master_keys.present
        await connection.execute(INSERT, workspace, ids, wrapped, fingerprint, customer_id)
        return keys

    async def find(
        self, workspace: str, key_ids: Iterable[str], connection: Any = None
    ) -> dict[str, bytes]:
        """The keys that exist and are not destroyed."""
        wanted = sorted({key_id for key_id in key_ids if "\x00" not in key_id})
        if not wanted:
            return {}
        rows = await (connection or self._database).fetch(SELECT, workspace, wanted)
        return {
            row["key_id"]: self._master_keys.unwrap(
                workspace, row["key_id"], row["wrapped"], row["master"]
            )
            for row in rows
        }

    async def destroy(self, workspace: str, key_ids: Iterable[str]) -> None:
        """What they sealed can never be read again."""
        await self._database.execute(DESTROY, workspace, sorted(set(key_ids)))
