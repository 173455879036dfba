"""Reading a mail, however broken: what can be read is read."""

import email
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

from ingest_digital.domain.addresses import normalised_email
from ingest_digital.domain.mail import Mail, MailFile, Report
from ingest_digital.domain.mime_parts import (
    GARBAGE,
    MAX_NAME,
    data_of,
    disposition,
    file_name,
    first_word,
    header,
    kind_of,
    one_line,
    text_of,
)
from ingest_digital.domain.threads import message_ids

MAX_FILES = 100
MAX_PARTS = 500
MAX_DEPTH = 20
MAX_HEADER = 8192
MAX_HEAD = 262_144
MAX_BOUNDARIES = 10_000


class _Bounded(policy.EmailPolicy):
    """The library's parser takes quadratic time: no header is longer than people write them."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name[:MAX_NAME], value[:MAX_HEADER]


_BOUNDED = _Bounded(message_factory=EmailMessage)


def read_mail(raw: bytes) -> Mail:
    """The mail; never raises for what is in it, and takes bounded time."""
    readable = _shortened(raw)
    try:
        message: Any = email.message_from_bytes(readable, policy=_BOUNDED)
    except GARBAGE:
        return Mail(message_id="", text=raw.decode(errors="replace"), is_broken=True)
    leaves = list(_leaves(message, 0))[:MAX_PARTS]
    plain, html, files = _sorted(leaves)
    ids = message_ids(header(message, "Message-ID"))
    text = "\n\n".join(plain).strip()
    return Mail(
        message_id=ids[0] if ids else "",
        in_reply_to=message_ids(header(message, "In-Reply-To")),
        references=message_ids(header(message, "References")),
        sender=normalised_email(header(message, "From")),
        subject=one_line(header(message, "Subject")),
        text=text,
        html="\n".join(html),
        files=tuple(files[:MAX_FILES]),
        auto_submitted=first_word(header(message, "Auto-Submitted")),
        precedence=first_word(header(message, "Precedence")),
        is_suppressed=bool(header(message, "X-Auto-Response-Suppress")),
        report=_report(message, leaves),
        is_broken=readable is not raw or any(part.defects for part in [message, *leaves]),
    )


def _shortened(raw: bytes) -> bytes:
    """The mail itself, or what nobody writes but an attacker cut away: the store has it whole."""
    head, blank, body = raw.partition(b"\r\n\r\n")
    if len(head) <= MAX_HEAD and body.count(b"\n--") <= MAX_BOUNDARIES:
        return raw
    return head[:MAX_HEAD].rpartition(b"\n")[0] + blank


def _leaves(part: Any, depth: int) -> Iterator[Any]:
    """The parts that hold something; a mail inside a mail is one part."""
    if not part.is_multipart() or part.get_content_maintype() == "message":
        yield part
    elif depth < MAX_DEPTH:
        for inner in part.get_payload():
            yield from _leaves(inner, depth + 1)


def _sorted(leaves: list[Any]) -> tuple[list[str], list[str], list[MailFile]]:
    plain: list[str] = []
    html: list[str] = []
    files: list[MailFile] = []
    for part in leaves:
        is_file = disposition(part) == "attachment" or bool(file_name(part))
        kind = kind_of(part)
        if kind == "text/plain" and not is_file:
            plain.append(text_of(part))
        elif kind == "text/html" and not is_file:
            html.append(text_of(part))
        else:
            name = file_name(part) or f"part-{len(files) + 1}"
            files.append(MailFile(name=name, content_type=kind, data=data_of(part)))
    return plain, html, files


def _report(message: Any, leaves: list[Any]) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    action = status = original = ""
    for part in leaves:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else ():
                action = first_word(header(block, "Action")) or action
                status = first_word(header(block, "Status")) or status
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            inner = email.message_from_bytes(data_of(part), policy=_BOUNDED)
            ids = message_ids(header(inner, "Message-ID"))
            original = ids[0] if ids else original
    return Report(action=action, status=status, original_message_id=original)
