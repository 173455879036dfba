"""Customers for those who ask: look up, change, link."""

from typing import Any

from chassis.postgres import Database
from crm.adapters import sealed_texts
from crm.adapters.change_feed import CHANNEL, notice
from crm.adapters.customer_book import LOCK
from crm.adapters.key_store import KeyStore
from crm.adapters.sealed_texts import SealedTexts, close_text
from crm.domain.customers import AddressTaken, Customer, Identity, InvalidQuestion, NotFound
from crm.domain.keys import ContactKey

CUSTOMER = """
SELECT c.*,
       (SELECT count(*) FROM identifications i JOIN contacts k USING (workspace, contact_id)
        WHERE i.workspace = $1 AND i.customer_id = c.customer_id
            AND k.is_consult IS NOT TRUE) AS contact_count,
       (SELECT k.agent_id FROM identifications i JOIN contacts k USING (workspace, contact_id)
        WHERE i.workspace = $1 AND i.customer_id = c.customer_id AND k.agent_id <> ''
            AND k.is_consult IS NOT TRUE
        ORDER BY k.arrived_at DESC NULLS LAST, k.step_number DESC LIMIT 1) AS last_agent_id
FROM customers c WHERE c.workspace = $1 AND c.customer_id = $2
"""
SURVIVOR = """
SELECT coalesce(merged_into, customer_id) FROM customers WHERE workspace = $1 AND customer_id = $2
"""
OWNER = """
SELECT customer_id FROM identities
WHERE workspace = $1 AND kind = $2 AND token = $3 AND is_verified
"""
IDENTITIES = """
SELECT * FROM identities WHERE workspace = $1 AND customer_id = $2
ORDER BY array_position(ARRAY['phone', 'email', 'chat'], kind), is_verified DESC, token
"""
ADD_IDENTITY = """
INSERT INTO identities AS i (workspace, customer_id, kind, token, is_verified, address)
VALUES ($1, $2, $3, $4, true, $5)
ON CONFLICT (workspace, customer_id, kind, token) DO UPDATE
SET is_verified = true, address = coalesce(i.address, excluded.address)
"""
UPDATE = """
UPDATE customers SET name = CASE WHEN $3 THEN $4 ELSE name END, tier = coalesce($5, tier)
WHERE workspace = $1 AND customer_id = $2
"""
USE_KEY = "UPDATE customers SET key_id = $3 WHERE workspace = $1 AND customer_id = $2"
TAKE_IDENTITIES = """
DELETE FROM identities WHERE workspace = $1 AND customer_id = $2
RETURNING kind, token, is_verified, address
"""
GIVE_IDENTITY = """
INSERT INTO identities AS i (workspace, customer_id, kind, token, is_verified, address)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (workspace, customer_id, kind, token) DO UPDATE
SET is_verified = i.is_verified OR excluded.is_verified,
    address = coalesce(i.address, excluded.address)
"""
# The survivor keeps what it has and takes what it lacks.
MERGE = """
WITH gone AS (
    UPDATE customers SET merged_into = $2
    WHERE workspace = $1 AND (customer_id = $3 OR merged_into = $3)
    RETURNING customer_id, name, tier, first_seen_at
), contacts AS (
    UPDATE identifications SET customer_id = $2 WHERE workspace = $1 AND customer_id = $3
), keys AS (
    UPDATE contact_keys SET customer_id = $2 WHERE workspace = $1 AND customer_id = $3
), pairs AS (
    DELETE FROM possible_duplicates WHERE workspace = $1
        AND customer_id = ANY (ARRAY[$2, $3]) AND other_customer_id = ANY (ARRAY[$2, $3])
)
UPDATE customers c SET
    name = coalesce(c.name, gone.name),
    tier = CASE WHEN c.tier = '' THEN gone.tier ELSE c.tier END,
    first_seen_at = least(c.first_seen_at, gone.first_seen_at)
FROM gone
WHERE c.workspace = $1 AND c.customer_id = $2 AND gone.customer_id = $3
"""


class CustomerDirectory:
    """Every id that was ever a customer answers with the customer who is left of it."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        self._texts = SealedTexts(keys)

    async def survivor(self, workspace: str, customer_id: str) -> str:
        """The id that stands after all links; NotFound when there never was such a customer."""
        async with self._database.connection() as connection:
            return await _survivor(connection, workspace, customer_id)

    async def get(self, workspace: str, customer_id: str) -> Customer:
        """The customer in clear."""
        async with self._database.connection() as connection:
            survivor = await _survivor(connection, workspace, customer_id)
            row = await connection.fetchrow(CUSTOMER, workspace, survivor)
            identities = await connection.fetch(IDENTITIES, workspace, survivor)
        closed = [(sealed_texts.NAME, row["name"])]
        closed += [(sealed_texts.ADDRESS, identity["address"]) for identity in identities]
        name, *addresses = await self._texts.open(workspace, closed)
        return Customer(
            customer_id=survivor,
            name=name or "",
            tier=row["tier"],
            identities=tuple(
                Identity(kind=i["kind"], address=address, is_verified=i["is_verified"])
                for i, address in zip(identities, addresses, strict=True)
            ),
            first_seen_at=row["first_seen_at"],
            contact_count=row["contact_count"],
            last_agent_id=row["last_agent_id"] or "",
        )

    async def find(self, workspace: str, kind: str, token: str) -> Customer:
        """The customer who has that verified address."""
        owner = await self._database.fetchval(OWNER, workspace, kind, token)
        if owner is None:
            raise NotFound("no customer has this address")
        return await self.get(workspace, owner)

    async def add_identity(
        self, workspace: str, customer_id: str, kind: str, token: str, address: str
    ) -> Customer:
        """The customer with the address; AddressTaken when it is another's."""
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, workspace)
            survivor = await _survivor(connection, workspace, customer_id)
            owner = await connection.fetchval(OWNER, workspace, kind, token)
            if owner not in (None, survivor):
                raise AddressTaken(owner)
            key = await self._key_of(connection, workspace, survivor)
            sealed = close_text(workspace, sealed_texts.ADDRESS, address, key)
            await connection.execute(ADD_IDENTITY, workspace, survivor, kind, token, sealed)
        return await self.get(workspace, survivor)

    async def update(
        self, workspace: str, customer_id: str, name: str | None, tier: str | None
    ) -> Customer:
        """Change what is given; an empty name removes it."""
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, workspace)
            survivor = await _survivor(connection, workspace, customer_id)
            sealed = None
            if name:
                key = await self._key_of(connection, workspace, survivor)
                sealed = close_text(workspace, sealed_texts.NAME, name, key)
            is_named = name is not None
            await connection.execute(UPDATE, workspace, survivor, is_named, sealed, tier)
        return await self.get(workspace, survivor)

    async def link(self, workspace: str, customer_id: str, other_customer_id: str) -> Customer:
        """Make two customers one: the first one given is left."""
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, workspace)
            survivor = await _survivor(connection, workspace, customer_id)
            gone = await _survivor(connection, workspace, other_customer_id)
            if customer_id == other_customer_id:
                raise InvalidQuestion("customer_id and other_customer_id are the same")
            if survivor != gone:
                moved = await connection.fetch(TAKE_IDENTITIES, workspace, gone)
                await connection.executemany(
                    GIVE_IDENTITY, [(workspace, survivor, *row.values()) for row in moved]
                )
                await connection.execute(MERGE, workspace, survivor, gone)
                told = notice(workspace, "l", survivor)
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, told)
        return await self.get(workspace, survivor)

    async def _key_of(self, connection: Any, workspace: str, customer_id: str) -> ContactKey:
        """The customer's own key, for what is known of them outside of contacts."""
        row = await connection.fetchrow(CUSTOMER, workspace, customer_id)
        if row["key_id"]:
            found = await self._keys.find(workspace, [row["key_id"]], connection)
            if found:
                return ContactKey(key_id=row["key_id"], key=found[row["key_id"]])
        [key] = await self._keys.make(connection, workspace, 1, customer_id)
        await connection.execute(USE_KEY, workspace, customer_id, key.key_id)
        return key


async def _survivor(connection: Any, workspace: str, customer_id: str) -> str:
    survivor: str | None = await connection.fetchval(SURVIVOR, workspace, customer_id)
    if survivor is None:
        raise NotFound(f"no customer {customer_id!r}")
    return survivor
