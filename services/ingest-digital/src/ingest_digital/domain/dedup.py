"""Whether a mail came before."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from ingest_digital.domain.mail import Mail

KEPT_DAYS = 7


class Seen(StrEnum):
    """What is known of a mail: `again` was begun and must be finished."""

    NEW = "new"
    AGAIN = "again"
    REPEATED = "repeated"
    OTHER_CONTENT = "other_content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Who a mail is, and what is in it."""

    key: str
    content_sha256: str


def fingerprint(mail: Mail, raw: bytes) -> Fingerprint:
    """By Message-ID if there is one, else by all of it.

    The content leaves out the headers: each relay on another way adds its own.
    """
    body = raw.partition(b"\r\n\r\n")[2] or raw.partition(b"\n\n")[2]
    content = (mail.sender or "").encode() + b"\x00" + mail.subject.encode() + b"\x00" + body
    identity = mail.message_id.encode(errors="replace") if mail.message_id else raw
    return Fingerprint(
        key=hashlib.sha256(identity).hexdigest(),
        content_sha256=hashlib.sha256(content).hexdigest(),
    )


def seen(known_content_sha256: str | None, is_done: bool, fresh: Fingerprint) -> Seen:
    """Compare with what is remembered under the same key (None: nothing)."""
    if known_content_sha256 is None:
        return Seen.NEW
    if known_content_sha256 != fresh.content_sha256:
        return Seen.OTHER_CONTENT
    return Seen.REPEATED if is_done else Seen.AGAIN
