"""Our own mails as effects, in Postgres: intent, call, result, report."""

from dataclasses import dataclass, field
from typing import Any

from chassis.postgres import Database
from ingest_digital.domain.outgoing import Next, OutgoingState

AUTOMATIC_HOUR = 3600.0
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """One mail of ours; `command` are the bytes that ordered it."""

    command_id: str
    conversation_id: str
    contact_id: str
    message_id: str
    mail_id: str
    command: bytes = field(repr=False)
    is_automatic: bool
    state: OutgoingState
    reason: str
    attempts: int


class OutgoingBook:
    """Each mail is claimed by one replica at a time, in the order of its thread."""

    def __init__(self, database: Database, workspace: str, instance_id: str) -> None:
        self._database = database
        self._workspace = workspace
        self._instance_id = instance_id

    async def intend(self, mail: OutgoingMail) -> bool:
        """Remember the intent; False when it was remembered before."""
        added = await self._database.fetchval(
            """
            INSERT INTO outgoing_mails (command_id, workspace, conversation_id, contact_id,
                                        message_id, mail_id, command, is_automatic, state, reason)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            mail.command_id,
            self._workspace,
            mail.conversation_id,
            mail.contact_id,
            mail.message_id,
            mail.mail_id,
            mail.command,
            mail.is_automatic,
            mail.state.value,
            mail.reason,
        )
        return bool(added)

    async def claim(self) -> OutgoingMail | None:
        """The next mail that is due, for this replica alone; its attempt has begun."""
        row = await self._database.fetchrow(
            """
            UPDATE outgoing_mails SET state = 'calling', claimed_at = now(), claimed_by = $2,
                                      attempts = attempts + 1
            WHERE command_id = (
              SELECT o.command_id FROM outgoing_mails o
              WHERE o.workspace = $1 AND o.state = 'intended' AND o.due_at <= now()
                AND NOT EXISTS (
                  SELECT FROM outgoing_mails e
                  WHERE e.workspace = o.workspace AND e.conversation_id = o.conversation_id
                    AND e.state IN ('intended', 'calling') AND e.intended_at < o.intended_at)
              ORDER BY o.due_at FOR UPDATE SKIP LOCKED LIMIT 1)
            RETURNING *
            """,
            self._workspace,
            self._instance_id,
        )
        return None if row is None else _mail(row)

    async def settle(self, command_id: str, what: Next) -> None:
        """The result of this replica's call; nothing if it was given up in the meantime."""
        await self._database.execute(
            """
            UPDATE outgoing_mails SET state = $2, reason = $3,
                   due_at = now() + make_interval(secs => $4), claimed_by = NULL
            WHERE command_id = $1 AND state = 'calling' AND claimed_by = $5
            """,
            command_id,
            what.state.value,
            what.reason,
            what.pause_seconds,
            self._instance_id,
        )

    async def give_up(self, call_seconds: float) -> int:
        """Calls without a result, of replicas that died: what became of them is unknown."""
        rows = await self._database.fetch(
            """
            UPDATE outgoing_mails SET state = 'unknown', reason = 'no_answer_seen'
            WHERE workspace = $1 AND state = 'calling'
              AND claimed_at < now() - make_interval(secs => $2)
            RETURNING command_id
            """,
            self._workspace,
            call_seconds,
        )
        return len(rows)

    async def give_up_own(self) -> None:
        """Calls that an earlier process of this name began."""
        await self._database.execute(
            """
            UPDATE outgoing_mails SET state = 'unknown', reason = 'no_answer_seen'
            WHERE workspace = $1 AND state = 'calling' AND claimed_by = $2
            """,
            self._workspace,
            self._instance_id,
        )

    async def unreported(self, limit: int) -> list[OutgoingMail]:
        """Results that are not told yet."""
        rows = await self._database.fetch(
            """
            SELECT * FROM outgoing_mails
            WHERE workspace = $1 AND state IN ('sent', 'failed', 'unknown')
              AND reported_at IS NULL
            ORDER BY intended_at LIMIT $2
            """,
            self._workspace,
            limit,
        )
        return [_mail(row) for row in rows]

    async def reported(self, command_id: str) -> None:
        """The result is in Kafka."""
        await self._database.execute(
            "UPDATE outgoing_mails SET reported_at = now() WHERE command_id = $1", command_id
        )

    async def sent_message(self, mail_id: str) -> tuple[str, str, str] | None:
        """Message, contact and conversation of a mail of ours."""
        row = await self._database.fetchrow(
            "SELECT message_id, contact_id, conversation_id FROM outgoing_mails"
            " WHERE workspace = $1 AND mail_id = $2",
            self._workspace,
            mail_id,
        )
        return None if row is None else tuple(row)

    async def automatic_lately(self, conversation_id: str) -> int:
        """How many automatic mails a thread got in the last hour."""
        count: int = await self._database.fetchval(
            """
            SELECT count(*) FROM outgoing_mails
            WHERE workspace = $1 AND conversation_id = $2 AND is_automatic AND state <> 'failed'
              AND intended_at > now() - make_interval(secs => $3)
            """,
            self._workspace,
            conversation_id,
            AUTOMATIC_HOUR,
        )
        return count

    async def waiting(self) -> int:
        """Mails without a result."""
        count: int = await self._database.fetchval(
            "SELECT count(*) FROM outgoing_mails"
            " WHERE workspace = $1 AND state IN ('intended', 'calling')",
            self._workspace,
        )
        return count

    async def forget_old(self) -> None:
        """Drop mails that were settled long ago."""
        await self._database.execute(
            "DELETE FROM outgoing_mails WHERE reported_at < now() - make_interval(days => $1)",
            KEPT_DAYS,
        )


def _mail(row: Any) -> OutgoingMail:
    return OutgoingMail(
        command_id=row["command_id"],
        conversation_id=row["conversation_id"],
        contact_id=row["contact_id"],
        message_id=row["message_id"],
        mail_id=row["mail_id"],
        command=row["command"],
        is_automatic=row["is_automatic"],
        state=OutgoingState(row["state"]),
        reason=row["reason"],
        attempts=row["attempts"],
    )
