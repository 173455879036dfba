"""Writes the timeline: each table is the fold of one topic, so repeats change nothing."""

from collections.abc import Sequence
from typing import Any

from chassis.postgres import Database
from crm.adapters.change_feed import CHANNEL, notice
from crm.domain import timeline

LAST_STEPS = """
SELECT workspace, step_number FROM projected_steps WHERE workspace = ANY ($1::text[])
ORDER BY workspace FOR UPDATE
"""
SAVE_STEPS = """
INSERT INTO projected_steps AS p (workspace, step_number)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (workspace) DO UPDATE SET step_number = greatest(p.step_number, excluded.step_number)
"""
SAVE_POSITION = """
INSERT INTO projected_positions AS p (topic, partition, next_offset) VALUES ($1, $2, $3)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = greatest(p.next_offset, $3)
"""
SAVE_CONTACT = """
INSERT INTO contacts AS c (workspace, contact_id, step_number, channel, entry_point,
    conversation_id, initial_id, previous_id, related_ids, arrived_at, ended_at, cause, queue,
    agent_id, disposition, note, opened_by, is_consult)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (workspace, contact_id) DO UPDATE SET
    step_number = excluded.step_number,
    channel = coalesce(excluded.channel, c.channel),
    entry_point = coalesce(excluded.entry_point, c.entry_point),
    conversation_id = coalesce(excluded.conversation_id, c.conversation_id),
    initial_id = coalesce(excluded.initial_id, c.initial_id),
    previous_id = coalesce(excluded.previous_id, c.previous_id),
    related_ids = coalesce(excluded.related_ids, c.related_ids),
    arrived_at = coalesce(excluded.arrived_at, c.arrived_at),
    ended_at = coalesce(excluded.ended_at, c.ended_at),
    cause = coalesce(excluded.cause, c.cause),
    queue = coalesce(excluded.queue, c.queue),
    agent_id = coalesce(excluded.agent_id, c.agent_id),
    disposition = coalesce(excluded.disposition, c.disposition),
    note = coalesce(excluded.note, c.note),
    opened_by = coalesce(excluded.opened_by, c.opened_by),
    is_consult = coalesce(excluded.is_consult, c.is_consult)
WHERE c.step_number < excluded.step_number
"""
SAVE_ASSIGNED = """
INSERT INTO message_contacts AS m (workspace, message_id, contact_id, step_number)
VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, message_id) DO UPDATE
SET contact_id = excluded.contact_id, step_number = excluded.step_number
WHERE m.step_number < excluded.step_number
"""
SAVE_MESSAGE = """
INSERT INTO messages (workspace, message_id, conversation_id, contact_id, author, author_id, kind,
    body, subject, attachments, said_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
"""
SAVE_DELIVERY = """
INSERT INTO deliveries AS d (workspace, message_id, status, rank) VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, message_id) DO UPDATE SET status = excluded.status, rank = excluded.rank
WHERE d.rank < excluded.rank
"""
SAVE_RECORDING = """
INSERT INTO recordings (workspace, recording_id, contact_id, uri, duration_seconds)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
NOTIFY = f"SELECT pg_notify('{CHANNEL}', payload) FROM unnest($1::text[]) AS payload"  # noqa: S608


class TimelineStore:
    """One transaction for each batch: the rows, the positions, and the word to who watches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply_steps(
        self, steps: Sequence[timeline.Step], partition: int, next_offset: int
    ) -> int:
        """Fold steps in; those that are not greater than the last one are dropped."""
        if not any(step.changes or step.assigned for step in steps):
            return 0
        async with self._database.transaction() as connection:
            new = await _new_steps(connection, steps)
            changes = timeline.merged_changes(change for step in new for change in step.changes)
            assigned = timeline.last_assignments(a for step in new for a in step.assigned)
            await _save_many(connection, SAVE_CONTACT, [_contact_row(c) for c in changes])
            await _save_many(
                connection,
                SAVE_ASSIGNED,
                [(a.workspace, a.message_id, a.contact_id, a.step_number) for a in assigned],
            )
            last = {step.workspace: step.step_number for step in new}
            await connection.execute(SAVE_STEPS, list(last), list(last.values()))
            await connection.execute(SAVE_POSITION, "routing-events.v1", partition, next_offset)
            await _notify(
                connection,
                {notice(c.workspace, "c", c.contact_id) for c in changes}
                | {notice(a.workspace, "m", a.message_id) for a in assigned},
            )
        return len(new)

    async def apply_said(
        self, said: Sequence[timeline.Said], partition: int, next_offset: int
    ) -> int:
        """Add what was said; a message that is there already stays as it is."""
        if not said:
            return 0
        messages = timeline.first_messages(s for s in said if isinstance(s, timeline.Message))
        deliveries = timeline.best_deliveries(s for s in said if isinstance(s, timeline.Delivery))
        recordings = [s for s in said if isinstance(s, timeline.Recording)]
        async with self._database.transaction() as connection:
            await _save_many(connection, SAVE_MESSAGE, [_message_row(m) for m in messages])
            await _save_many(
                connection,
                SAVE_DELIVERY,
                [(d.workspace, d.message_id, d.status, d.rank) for d in deliveries],
            )
            await _save_many(
                connection,
                SAVE_RECORDING,
                [
                    (r.workspace, r.recording_id, r.contact_id, r.uri, r.duration_seconds)
                    for r in recordings
                ],
            )
            await connection.execute(SAVE_POSITION, "message-events.v1", partition, next_offset)
            await _notify(
                connection,
                {notice(m.workspace, "m", m.message_id) for m in messages}
                | {notice(d.workspace, "m", d.message_id) for d in deliveries}
                | {notice(r.workspace, "c", r.contact_id) for r in recordings},
            )
        return len(said)


async def _new_steps(connection: Any, steps: Sequence[timeline.Step]) -> list[timeline.Step]:
    workspaces = sorted({step.workspace for step in steps})
    rows = await connection.fetch(LAST_STEPS, workspaces)
    last = {row["workspace"]: row["step_number"] for row in rows}
    new = []
    for step in steps:
        if step.step_number > last.get(step.workspace, 0):
            last[step.workspace] = step.step_number
            new.append(step)
    return new


async def _save_many(connection: Any, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        await connection.executemany(statement, rows)


async def _notify(connection: Any, notices: set[str]) -> None:
    if notices:
        await connection.fetch(NOTIFY, sorted(notices))


def _contact_row(change: timeline.ContactChange) -> tuple[Any, ...]:
    return (
        change.workspace,
        change.contact_id,
        change.step_number,
        change.channel,
        change.entry_point,
        change.conversation_id,
        change.initial_id,
        change.previous_id,
        change.related_ids,
        change.arrived_at,
        change.ended_at,
        change.cause,
        change.queue,
        change.agent_id,
        change.disposition,
        change.note,
        change.opened_by,
        change.is_consult,
    )


def _message_row(message: timeline.Message) -> tuple[Any, ...]:
    return (
        message.workspace,
        message.message_id,
        message.conversation_id,
        message.contact_id,
        message.author,
        message.author_id,
        message.kind,
        message.body,
        message.subject,
        message.attachments,
        message.said_at,
        message.position,
    )
