"""Reads the timeline and opens it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chassis.postgres import Database
from crm.adapters import sealed_texts
from crm.adapters.codec.records import stored_attachment
from crm.adapters.sealed_texts import Closed, SealedTexts
from crm.domain.customers import NotFound
from crm.domain.views import AttachmentView, ContactView, MessageView, RecordingView

MAX_MESSAGES_PER_CONTACT = 500
MAX_TEXT = 20_000

CONTACTS = """
SELECT k.* FROM identifications i JOIN contacts k USING (workspace, contact_id)
WHERE i.workspace = $1 AND i.customer_id = $2 AND ($4::text[] IS NULL OR k.contact_id = ANY ($4))
ORDER BY k.arrived_at DESC NULLS LAST, k.step_number DESC, k.contact_id
LIMIT $3
"""
# A customer's message belongs to the contact that the router named, any other to its writer's.
MESSAGES = f"""
WITH ids AS (
    SELECT message_id, contact_id FROM message_contacts
    WHERE workspace = $1 AND contact_id = ANY ($2::text[])
    UNION ALL
    SELECT m.message_id, m.contact_id FROM messages m
    WHERE m.workspace = $1 AND m.contact_id = ANY ($2::text[]) AND NOT EXISTS (
        SELECT FROM message_contacts c
        WHERE c.workspace = $1 AND c.message_id = m.message_id)
), placed AS (
    SELECT m.*, ids.contact_id AS belongs_to, d.status,
           row_number() OVER (PARTITION BY ids.contact_id ORDER BY m.position DESC) AS place
    FROM ids JOIN messages m ON m.workspace = $1 AND m.message_id = ids.message_id
    LEFT JOIN deliveries d ON d.workspace = $1 AND d.message_id = ids.message_id
)
SELECT * FROM placed WHERE place <= {MAX_MESSAGES_PER_CONTACT}
ORDER BY belongs_to, position, message_id
"""  # noqa: S608  (a constant number)
CONVERSATION = """
SELECT m.*, coalesce(c.contact_id, m.contact_id) AS belongs_to, d.status
FROM (SELECT * FROM messages WHERE workspace = $1 AND conversation_id = $2
      ORDER BY position DESC LIMIT $3) m
LEFT JOIN message_contacts c ON c.workspace = $1 AND c.message_id = m.message_id
LEFT JOIN deliveries d ON d.workspace = $1 AND d.message_id = m.message_id
ORDER BY m.position, m.message_id
"""
CONVERSATION_IS_KNOWN = """
SELECT EXISTS (SELECT FROM contacts WHERE workspace = $1 AND conversation_id = $2)
"""
RECORDINGS = """
SELECT * FROM recordings WHERE workspace = $1 AND contact_id = ANY ($2::text[])
ORDER BY recording_id
"""


class TimelineReader:
    """Contacts of a customer, newest first, with what was said, opened."""

    def __init__(self, database: Database, texts: SealedTexts) -> None:
        self._database = database
        self._texts = texts

    async def contacts(
        self,
        workspace: str,
        customer_id: str,
        limit: int,
        *,
        only: Sequence[str] | None = None,
        with_messages: bool = True,
    ) -> list[ContactView]:
        """The newest contacts; `only`: those of these ids that are the customer's."""
        rows = await self._database.fetch(CONTACTS, workspace, customer_id, limit, only)
        ids = [row["contact_id"] for row in rows]
        messages = defaultdict(list)
        if with_messages and ids:
            said = await self._database.fetch(MESSAGES, workspace, ids)
            for message in await self._messages(workspace, said):
                messages[message.contact_id].append(message)
        recordings = defaultdict(list)
        for row in await self._database.fetch(RECORDINGS, workspace, ids) if ids else []:
            recordings[row["contact_id"]].append(_recording(row))
        notes = await self._texts.open(
            workspace, [(sealed_texts.NOTE, row["note"]) for row in rows]
        )
        return [
            _contact(row, note or "", messages[row["contact_id"]], recordings[row["contact_id"]])
            for row, note in zip(rows, notes, strict=True)
        ]

    async def conversation(
        self, workspace: str, conversation_id: str, limit: int
    ) -> list[MessageView]:
        """The newest messages, oldest first; NotFound when nobody knows the conversation."""
        rows = await self._database.fetch(CONVERSATION, workspace, conversation_id, limit)
        if not rows and not await self._database.fetchval(
            CONVERSATION_IS_KNOWN, workspace, conversation_id
        ):
            raise NotFound(f"no conversation {conversation_id!r}")
        return await self._messages(workspace, rows)

    async def _messages(self, workspace: str, rows: Sequence[Any]) -> list[MessageView]:
        closed: list[Closed] = []
        files = [[stored_attachment(stored) for stored in row["attachments"]] for row in rows]
        for row, attachments in zip(rows, files, strict=True):
            closed += [(sealed_texts.BODY, row["body"]), (sealed_texts.SUBJECT, row["subject"])]
            closed += [(sealed_texts.FILE_NAME, name) for *_, name in attachments]
        opened = iter(await self._texts.open(workspace, closed))
        found = []
        for row, attachments in zip(rows, files, strict=True):
            text, subject = next(opened), next(opened)
            views = tuple(
                AttachmentView(
                    sha256=sha256,
                    content_type=content_type,
                    size_bytes=size_bytes,
                    file_name=next(opened) or "",
                )
                for sha256, content_type, size_bytes, _ in attachments
            )
            found.append(_message(row, text, subject, views))
        return found


def _contact(
    row: Any, note: str, messages: Sequence[MessageView], recordings: Sequence[RecordingView]
) -> ContactView:
    return ContactView(
        contact_id=row["contact_id"],
        channel=row["channel"] or "",
        entry_point=row["entry_point"] or "",
        conversation_id=row["conversation_id"] or "",
        initial_id=row["initial_id"] or "",
        previous_id=row["previous_id"] or "",
        related_ids=tuple(row["related_ids"] or ()),
        arrived_at=row["arrived_at"],
        ended_at=row["ended_at"],
        cause=row["cause"] or "",
        queue=row["queue"] or "",
        agent_id=row["agent_id"] or "",
        disposition=row["disposition"] or "",
        note=note,
        opened_by=row["opened_by"] or "",
        is_consult=row["is_consult"] or False,
        messages=tuple(messages),
        recordings=tuple(recordings),
    )


def _message(
    row: Any, text: str | None, subject: str | None, attachments: tuple[AttachmentView, ...]
) -> MessageView:
    return MessageView(
        message_id=row["message_id"],
        contact_id=row["belongs_to"],
        author=row["author"],
        author_id=row["author_id"],
        kind=row["kind"],
        text=_bounded(text or ""),
        subject=_bounded(subject or ""),
        attachments=attachments,
        said_at=row["said_at"],
        delivery=row["status"] or "",
        is_readable=text is not None and subject is not None,
    )


def _recording(row: Any) -> RecordingView:
    return RecordingView(
        recording_id=row["recording_id"],
        uri=row["uri"],
        duration_seconds=row["duration_seconds"],
    )


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
