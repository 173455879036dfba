"""Where contacts stand in their flows: Postgres, one contact held by one at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from chassis.postgres import Database
from self_service.adapters.sealer import Sealer
from self_service.adapters.state_rows import plain_json, sealed_variables, state_of
from self_service.domain.state import Awaiting, FlowState
from self_service.handlers.ports import FlowVersion

MAX_DUE = 200
KEPT = timedelta(days=1)
# Not under way at once more than there are connections: nobody then waits for one in vain.
SPARE_CONNECTIONS = 2
# Versions that need not be written again, though it does no harm.
MAX_REMEMBERED = 1000

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('self_service|' || $1 || '|' || $2, 0))"
LOAD = "SELECT * FROM flow_states WHERE workspace = $1 AND contact_id = $2"
SAVE = """
INSERT INTO flow_states (workspace, contact_id, conversation_id, flow_name, flow_version,
    awaiting, deadline_at, outcome, state, variables_nonce, variables_ciphertext)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (workspace, contact_id) DO UPDATE SET flow_name = $4, flow_version = $5,
    awaiting = $6, deadline_at = $7, outcome = $8, state = $9, variables_nonce = $10,
    variables_ciphertext = $11, changed_at = now()
"""
SAVE_VERSION = """
INSERT INTO flow_versions (version, flow_name, compiled) VALUES ($1, $2, $3)
ON CONFLICT (version) DO NOTHING
"""
CLOSE = """
UPDATE flow_states SET awaiting = 'over', outcome = $3, deadline_at = NULL, changed_at = now(),
    variables_nonce = NULL, variables_ciphertext = NULL
WHERE workspace = $1 AND contact_id = $2 AND awaiting <> ALL($4::text[])
    AND ($5::bigint = 0 OR coalesce((state->>'run')::bigint, 0) < $5::bigint)
RETURNING flow_name
"""
RUNNING = """
SELECT contact_id FROM flow_states WHERE workspace = $1 AND awaiting <> 'over'
    AND (conversation_id = $2 OR contact_id = $3)
ORDER BY contact_id <> $3, began_at DESC LIMIT 1
"""
DUE = """
SELECT workspace, contact_id FROM flow_states
WHERE deadline_at <= $1 AND ($2 OR awaiting <> 'answer')
ORDER BY deadline_at LIMIT $3
"""
PURGE = "DELETE FROM flow_states WHERE awaiting = 'over' AND changed_at < $1"
OLDEST = "SELECT min(deadline_at) FROM flow_states WHERE deadline_at IS NOT NULL"
COUNT = "SELECT count(*) FROM flow_states WHERE awaiting <> 'over'"


class HeldPlace:
    """One contact's state inside the transaction that holds it."""

    def __init__(
        self, connection: Any, sealer: Sealer, state: FlowState | None, stored: set[str]
    ) -> None:
        self._connection = connection
        self._sealer = sealer
        self._stored = stored
        self.state = state
        self.begun: FlowVersion | None = None

    async def save(self, state: FlowState, begun: FlowVersion | None = None) -> None:
        """Write the state; it is stored when the transaction ends well."""
        if begun is not None and begun.version not in self._stored:
            version = (begun.version, begun.flow.name, begun.compiled)
            await self._connection.execute(SAVE_VERSION, *version)
            self.begun = begun
        await self._connection.execute(SAVE, *await _row(state, self._sealer))
        self.state = state


class StateStore:
    """The states of all contacts. Nothing here is kept in memory but what can be looked up."""

    def __init__(self, database: Database, sealer: Sealer, connections: int) -> None:
        self._database = database
        self._sealer = sealer
        self._stored: set[str] = set()
        self._at_once = asyncio.Semaphore(max(1, connections - SPARE_CONNECTIONS))

    @asynccontextmanager
    async def hold(self, workspace: str, contact_id: str) -> AsyncIterator[HeldPlace]:
        """Wait for the contact's place, also while its flow is being started elsewhere."""
        async with self._at_once, self._database.transaction() as connection:
            await connection.execute(LOCK, workspace, contact_id)
            row = await connection.fetchrow(LOAD, workspace, contact_id)
            state = await state_of(row, self._sealer) if row else None
            place = HeldPlace(connection, self._sealer, state, self._stored)
            yield place
        if place.begun is not None:
            if len(self._stored) >= MAX_REMEMBERED:
                self._stored.clear()
            self._stored.add(place.begun.version)

    async def close(
        self,
        workspace: str,
        contact_id: str,
        outcome: str,
        spared: frozenset[Awaiting] = frozenset(),
        step: int = 0,
    ) -> str | None:
        """End the flow if one runs; its name, None when none did, or when that is spared.

        With a step, only a flow that began before it.
        """
        async with self._at_once, self._database.transaction() as connection:
            await connection.execute(LOCK, workspace, contact_id)
            spares = [Awaiting.OVER.value, *(awaiting.value for awaiting in spared)]
            query = (CLOSE, workspace, contact_id, outcome, spares, step)
            name: str | None = await connection.fetchval(*query)
            return name

    async def running(self, workspace: str, conversation_id: str, contact_id: str) -> str | None:
        """The contact of that id, else of that conversation, whose flow runs."""
        async with self._at_once:
            found: str | None = await self._database.fetchval(
                RUNNING, workspace, conversation_id, contact_id
            )
        return found

    async def due(self, now: datetime, *, with_answers: bool) -> Sequence[tuple[str, str]]:
        """Contacts whose deadline has passed, longest overdue first."""
        rows = await self._database.fetch(DUE, now, with_answers, MAX_DUE)
        return [(row["workspace"], row["contact_id"]) for row in rows]

    async def load_version(self, version: str) -> str | None:
        """The compiled flow, None when it is not stored."""
        query = "SELECT compiled FROM flow_versions WHERE version = $1"
        compiled: str | None = await self._database.fetchval(query, version)
        return compiled

    async def running_count(self) -> int:
        """Contacts that are in a flow."""
        return int(await self._database.fetchval(COUNT))

    async def overdue_seconds(self, now: datetime) -> float:
        """Age of the oldest deadline that was not acted on."""
        oldest: datetime | None = await self._database.fetchval(OLDEST)
        return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0

    async def purge(self, now: datetime) -> None:
        """Forget flows that are over since a day; versions are few and stay."""
        await self._database.execute(PURGE, now - KEPT)


async def _row(state: FlowState, sealer: Sealer) -> tuple[Any, ...]:
    """The values of SAVE."""
    sealed = await sealed_variables(state, sealer)
    contact = state.contact
    return (
        contact.workspace,
        contact.contact_id,
        contact.conversation_id,
        state.flow_name,
        state.flow_version,
        state.awaiting.value,
        state.deadline_at,
        state.outcome,
        plain_json(state),
        sealed.nonce if sealed else None,
        sealed.ciphertext if sealed else None,
    )
