"""Mail threads and receipts in Postgres."""

import hashlib
from collections.abc import Sequence
from typing import Any

from chassis.postgres import Database
from ingest_digital.adapters.codec.values import read_sealed, sealed_bytes
from ingest_digital.domain.dedup import KEPT_DAYS, Fingerprint, seen
from ingest_digital.domain.mail import MailKind
from ingest_digital.domain.mail_thread import Correspondence, MailThread, Receipt
from ingest_digital.domain.words import Sealed


class PostgresMailBook:
    """All of one workspace."""

    def __init__(self, database: Database, workspace: str) -> None:
        self._database = database
        self._workspace = workspace

    async def receipt(self, entry_point: str, mail: Fingerprint) -> Receipt:
        """What is known of a mail in one mailbox."""
        row = await self._database.fetchrow(
            """
            SELECT r.content_sha256, r.done_at, r.is_first, t.*
            FROM mail_receipts r LEFT JOIN mail_threads t USING (workspace, conversation_id)
            WHERE r.workspace = $1 AND r.entry_point = $2 AND r.dedup_key = $3
            """,
            self._workspace,
            entry_point,
            mail.key,
        )
        if row is None:
            return Receipt(seen=seen(None, False, mail))
        return Receipt(
            seen=seen(row["content_sha256"], row["done_at"] is not None, mail),
            thread=_thread(row) if row["conversation_id"] else None,
            is_first=row["is_first"],
        )

    async def begin(
        self,
        thread: MailThread,
        mail: Fingerprint,
        *,
        is_first: bool,
        sender_token: str,
        message_id: str,
        correspondence: Correspondence,
    ) -> bool:
        """Remember the mail and its thread together; False if it was remembered before."""
        async with self._database.transaction() as connection:
            added = await connection.fetchval(
                """
                INSERT INTO mail_receipts (workspace, entry_point, dedup_key, content_sha256,
                                           kind, conversation_id, is_first)
                VALUES ($1, $2, $3, $4, 'ordinary', $5, $6)
                ON CONFLICT DO NOTHING RETURNING true
                """,
                self._workspace,
                thread.entry_point,
                mail.key,
                mail.content_sha256,
                thread.conversation_id,
                is_first,
            )
            if not added:
                return False
            await self._keep_thread(connection, thread, correspondence)
            if sender_token:
                await connection.execute(
                    "INSERT INTO mail_participants VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    self._workspace,
                    thread.conversation_id,
                    sender_token,
                )
            if message_id:
                await connection.execute(
                    "INSERT INTO mail_message_ids VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    self._workspace,
                    _hashed(message_id),
                    thread.conversation_id,
                )
        return True

    async def finish(self, entry_point: str, mail: Fingerprint) -> None:
        """Everything of the mail is durable."""
        await self._database.execute(
            "UPDATE mail_receipts SET done_at = now()"
            " WHERE workspace = $1 AND entry_point = $2 AND dedup_key = $3 AND done_at IS NULL",
            self._workspace,
            entry_point,
            mail.key,
        )

    async def note(self, entry_point: str, mail: Fingerprint, kind: MailKind) -> None:
        """A mail that is no contact's, dealt with."""
        await self._database.execute(
            """
            INSERT INTO mail_receipts (workspace, entry_point, dedup_key, content_sha256, kind,
                                       done_at)
            VALUES ($1, $2, $3, $4, $5, now()) ON CONFLICT DO NOTHING
            """,
            self._workspace,
            entry_point,
            mail.key,
            mail.content_sha256,
            kind.value,
        )

    async def threads(
        self, entry_point: str, sender_token: str, conversation_ids: Sequence[str]
    ) -> dict[str, MailThread]:
        """Those of the threads that are this mailbox's and that the sender belongs to."""
        if not conversation_ids:
            return {}
        rows = await self._database.fetch(
            """
            SELECT t.* FROM mail_threads t JOIN mail_participants p
              USING (workspace, conversation_id)
            WHERE t.workspace = $1 AND t.entry_point = $2 AND p.address_token = $3
              AND t.conversation_id = ANY($4)
            """,
            self._workspace,
            entry_point,
            sender_token,
            list(conversation_ids),
        )
        return {row["conversation_id"]: _thread(row) for row in rows}

    async def conversations_of(
        self, entry_point: str, message_ids: Sequence[str]
    ) -> dict[str, str]:
        """The threads in which mails with these Message-IDs came to this mailbox."""
        if not message_ids:
            return {}
        by_hash = {_hashed(each): each for each in message_ids}
        rows = await self._database.fetch(
            """
            SELECT m.message_id_sha256, m.conversation_id FROM mail_message_ids m
            JOIN mail_threads t USING (workspace, conversation_id)
            WHERE m.workspace = $1 AND t.entry_point = $2 AND m.message_id_sha256 = ANY($3)
            """,
            self._workspace,
            entry_point,
            list(by_hash),
        )
        return {by_hash[row["message_id_sha256"]]: row["conversation_id"] for row in rows}

    async def correspondence(
        self, conversation_id: str
    ) -> tuple[MailThread, Correspondence] | None:
        """A thread and what an answer on it needs; None for a thread that is not ours."""
        row = await self._database.fetchrow(
            "SELECT * FROM mail_threads WHERE workspace = $1 AND conversation_id = $2",
            self._workspace,
            conversation_id,
        )
        if row is None:
            return None
        found = Correspondence(
            customer=_sealed(row["customer"]),
            subject=_sealed(row["subject"]),
            last_message_id=_sealed(row["last_message_id"]),
            last_references=_sealed(row["last_references"]),
        )
        return _thread(row), found

    async def contact_opened(self, conversation_id: str, contact_id: str, step: int) -> None:
        """The router opened a contact on a thread."""
        await self._database.execute(
            """
            UPDATE mail_threads SET contact_id = $3, contact_step = $4
            WHERE workspace = $1 AND conversation_id = $2 AND contact_step < $4
            """,
            self._workspace,
            conversation_id,
            contact_id,
            step,
        )

    async def forget_old(self) -> None:
        """Drop receipts that are older than any sender's patience."""
        await self._database.execute(
            "DELETE FROM mail_receipts WHERE received_at < now() - make_interval(days => $1)",
            KEPT_DAYS,
        )

    async def _keep_thread(
        self, connection: Any, thread: MailThread, correspondence: Correspondence
    ) -> None:
        await connection.execute(
            """
            INSERT INTO mail_threads (workspace, conversation_id, entry_point, mailbox, key_id,
                                      contact_id, customer, subject, last_message_id,
                                      last_references)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (workspace, conversation_id) DO UPDATE SET
              customer = coalesce(excluded.customer, mail_threads.customer),
              last_message_id = excluded.last_message_id,
              last_references = excluded.last_references
            """,
            self._workspace,
            thread.conversation_id,
            thread.entry_point,
            thread.mailbox,
            thread.key_id,
            thread.contact_id,
            *(
                None if sealed is None else sealed_bytes(sealed)
                for sealed in (
                    correspondence.customer,
                    correspondence.subject,
                    correspondence.last_message_id,
                    correspondence.last_references,
                )
            ),
        )


def _thread(row: Any) -> MailThread:
    return MailThread(
        conversation_id=row["conversation_id"],
        entry_point=row["entry_point"],
        mailbox=row["mailbox"],
        key_id=row["key_id"],
        contact_id=row["contact_id"],
    )


def _sealed(value: bytes | None) -> Sealed | None:
    return None if value is None else read_sealed(value)


def _hashed(message_id: str) -> str:
    return hashlib.sha256(message_id.encode(errors="replace")).hexdigest()
