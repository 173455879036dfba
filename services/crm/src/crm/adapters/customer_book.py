"""The customers of a workspace in Postgres: who has which address, whose contact is whose."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from chassis.postgres import Database
from crm.domain.identification import Arrival, Known, Recognition
from crm.handlers import Identified, KeyUse

MAX_ANSWERS = 100

# Identification, links and new addresses of one workspace happen one after the other, so that
# an address can never get two customers.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('crm customers ' || $1, 0))"

KNOWN = """
SELECT 'address' AS source, i.kind, i.token, i.customer_id
FROM identities i
JOIN unnest($2::text[], $3::text[]) AS wanted(kind, token) USING (kind, token)
WHERE i.workspace = $1 AND i.is_verified
UNION ALL
SELECT CASE contact_id WHEN $4 THEN 'self' WHEN $5 THEN 'previous' ELSE 'initial' END,
       '', '', customer_id
FROM identifications
WHERE workspace = $1 AND contact_id = ANY (ARRAY[$4, $5, $6])
UNION ALL
SELECT 'stated', '', '', coalesce(merged_into, customer_id)
FROM customers
WHERE workspace = $1 AND customer_id = $7
"""

SAVE_CUSTOMER = """
WITH customer AS (
    INSERT INTO customers (workspace, customer_id, first_seen_at) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
), duplicates AS (
    INSERT INTO possible_duplicates
        (workspace, customer_id, other_customer_id, contact_id, noticed_at)
    SELECT $1, $2, other, $9, $3 FROM unnest($8::text[]) AS other
    ON CONFLICT DO NOTHING
)
INSERT INTO identities AS i (workspace, customer_id, kind, token, is_verified, address)
SELECT $1, $2, kind, token, is_verified, address
FROM unnest($4::text[], $5::text[], $6::boolean[], $7::bytea[])
    AS a(kind, token, is_verified, address)
ON CONFLICT (workspace, customer_id, kind, token) DO UPDATE
SET is_verified = i.is_verified OR excluded.is_verified,
    address = coalesce(i.address, excluded.address)
"""

SAVE_CONTACT = """
WITH contact AS (
    INSERT INTO identifications
        (workspace, contact_id, customer_id, is_new, initial_id, key_id, arrived_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
), waiting AS (
    UPDATE identifications SET customer_id = $3
    WHERE workspace = $1 AND initial_id = $2 AND initial_id <> '' AND customer_id IS NULL
        AND contact_id <> $2
    RETURNING contact_id, key_id
), keys AS (
    UPDATE contact_keys SET customer_id = $3
    WHERE workspace = $1 AND $3::text IS NOT NULL
        AND (key_id = $6 OR key_id IN (SELECT key_id FROM waiting))
)
SELECT pg_notify('crm_timeline', concat_ws(chr(31), $1, 'c', contact_id))
FROM (SELECT $2::text AS contact_id UNION ALL SELECT contact_id FROM waiting) AS changed
"""

IDENTIFIED = f"""
SELECT i.contact_id, i.customer_id, i.is_new, c.tier,
       (SELECT count(*)
        FROM identifications o JOIN contacts k USING (workspace, contact_id)
        WHERE o.workspace = $1 AND o.customer_id = i.customer_id
            AND o.contact_id <> i.contact_id AND k.is_consult IS NOT TRUE) AS contact_count,
       (SELECT k.agent_id
        FROM identifications o JOIN contacts k USING (workspace, contact_id)
        WHERE o.workspace = $1 AND o.customer_id = i.customer_id
            AND o.contact_id <> i.contact_id AND k.agent_id <> '' AND k.is_consult IS NOT TRUE
        ORDER BY k.arrived_at DESC NULLS LAST, k.step_number DESC
        LIMIT 1) AS last_agent_id
FROM identifications i JOIN customers c USING (workspace, customer_id)
WHERE i.workspace = $1
    AND (i.contact_id = $2 OR (i.initial_id = $2 AND i.initial_id <> ''))
ORDER BY i.arrived_at, i.contact_id
LIMIT {MAX_ANSWERS}
"""  # noqa: S608  (a constant number)

BIND_KEY = """
UPDATE contact_keys k SET customer_id = i.customer_id
FROM identifications i
WHERE k.workspace = $1 AND k.key_id = $2 AND k.customer_id IS NULL
    AND i.workspace = $1 AND i.contact_id = $3 AND i.customer_id IS NOT NULL
"""


class PostgresCustomerBook:
    """The book of one workspace inside one transaction."""

    def __init__(self, connection: Any, workspace: str) -> None:
        self._connection = connection
        self._workspace = workspace

    async def known(self, arrival: Arrival) -> Known:
        """What is known before the contact."""
        verified = [address.key for address in arrival.addresses if address.is_verified]
        rows = await self._connection.fetch(
            KNOWN,
            self._workspace,
            [kind for kind, _ in verified],
            [token for _, token in verified],
            arrival.contact_id,
            arrival.previous_id,
            arrival.initial_id,
            arrival.stated_customer_id,
        )
        by_source = {row["source"]: row["customer_id"] for row in rows}
        lineage = (by_source.get(source) for source in ("previous", "initial", "stated"))
        return Known(
            owners={
                (row["kind"], row["token"]): row["customer_id"]
                for row in rows
                if row["source"] == "address"
            },
            lineage_customer_id=next(filter(None, lineage), ""),
            is_decided="self" in by_source,
        )

    async def save(self, arrival: Arrival, recognition: Recognition) -> None:
        """Write the customer, the addresses, the contact's row, and whom its key belongs to."""
        if recognition.customer_id:
            await self._connection.execute(
                SAVE_CUSTOMER,
                self._workspace,
                recognition.customer_id,
                arrival.arrived_at,
                [address.kind for address in recognition.addresses],
                [address.token for address in recognition.addresses],
                [address.is_verified for address in recognition.addresses],
                [address.sealed for address in recognition.addresses],
                list(recognition.possible_duplicates),
                arrival.contact_id,
            )
        await self._connection.fetch(
            SAVE_CONTACT,
            self._workspace,
            arrival.contact_id,
            recognition.customer_id or None,
            recognition.is_new,
            arrival.initial_id,
            arrival.key_id,
            arrival.arrived_at,
        )

    async def identified(self, contact_id: str) -> Sequence[Identified]:
        """The contact, and those of its line that came before it was known."""
        rows = await self._connection.fetch(IDENTIFIED, self._workspace, contact_id)
        return [
            Identified(
                workspace=self._workspace,
                contact_id=row["contact_id"],
                customer_id=row["customer_id"],
                is_new=row["is_new"],
                tier=row["tier"],
                last_agent_id=row["last_agent_id"] or "",
                contact_count=row["contact_count"],
            )
            for row in rows
        ]

    async def bind_key(self, use: KeyUse) -> None:
        """Unless the key is bound already, it is the customer's of that contact."""
        await self._connection.execute(BIND_KEY, self._workspace, use.key_id, use.contact_id)


class PostgresCustomerBooks:
    """Opens books, one at a time for each workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def book(self, workspace: str) -> AsyncIterator[PostgresCustomerBook]:
        """The book of the workspace in a transaction; Unavailable when Postgres is away."""
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, workspace)
            yield PostgresCustomerBook(connection, workspace)
