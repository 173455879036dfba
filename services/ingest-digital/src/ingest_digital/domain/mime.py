"""Reading a mail, however broken: what can be read is read."""

import email
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import PurePosixPath
from typing import Any

from ingest_digital.domain.addresses import normalised_email
from ingest_digital.domain.html_text import text_of_html
from ingest_digital.domain.mail import Mail, MailFile, Report
from ingest_digital.domain.threads import message_ids

MAX_FILES = 100
MAX_PARTS = 500
MAX_DEPTH = 20
MAX_NAME = 255
# What the standard library's header parser is known to raise on garbage.
GARBAGE = (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError)

_PLAIN_KIND = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+_-]{0,99}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def read_mail(raw: bytes) -> Mail:
    """The mail; never raises for what is in it."""
    try:
        message: Any = email.message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    except GARBAGE:
        return Mail(message_id="", text=raw.decode(errors="replace"), is_broken=True)
    leaves = list(_leaves(message, 0))[:MAX_PARTS]
    plain, html, files = _sorted(leaves)
    ids = message_ids(_header(message, "Message-ID"))
    text = "\n\n".join(plain).strip() or text_of_html("\n".join(html))
    return Mail(
        message_id=ids[0] if ids else "",
        in_reply_to=message_ids(_header(message, "In-Reply-To")),
        references=message_ids(_header(message, "References")),
        sender=normalised_email(_header(message, "From")),
        subject=_line(_header(message, "Subject")),
        text=text,
        html="\n".join(html),
        files=tuple(files[:MAX_FILES]),
        auto_submitted=_word(_header(message, "Auto-Submitted")),
        precedence=_word(_header(message, "Precedence")),
        is_suppressed=bool(_header(message, "X-Auto-Response-Suppress")),
        report=_report(message, leaves),
        is_broken=any(part.defects for part in [message, *leaves]),
    )


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
        is_file = _disposition(part) == "attachment" or bool(_file_name(part))
        kind = _kind(part)
        if kind == "text/plain" and not is_file:
            plain.append(_text(part))
        elif kind == "text/html" and not is_file:
            html.append(_text(part))
        else:
            name = _file_name(part) or f"part-{len(files) + 1}"
            files.append(MailFile(name=name, content_type=kind, data=_data(part)))
    return plain, html, files


def _report(message: Any, leaves: list[Any]) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    action = status = original = ""
    for part in leaves:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else ():
                action = _word(_header(block, "Action")) or action
                status = _word(_header(block, "Status")) or status
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            inner = email.message_from_bytes(_data(part), policy=policy.compat32)
            ids = message_ids(_header(inner, "Message-ID"))
            original = ids[0] if ids else original
    return Report(action=action, status=status, original_message_id=original)


def _header(message: Any, name: str) -> str:
    try:
        return str(message[name] or "")
    except GARBAGE:
        found = (value for key, value in message.raw_items() if key.lower() == name.lower())
        return str(next(found, ""))


def _text(part: Any) -> str:
    try:
        text = str(part.get_content())
    except GARBAGE:
        text = _data(part).decode(errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _data(part: Any) -> bytes:
    try:
        if part.is_multipart():
            return b"".join(inner.as_bytes() for inner in part.get_payload())
        return bytes(part.get_payload(decode=True) or b"")
    except GARBAGE:
        return str(part.get_payload()).encode(errors="replace")


def _kind(part: Any) -> str:
    """The content type; one that is no plain word tells nothing and could tell too much."""
    kind = str(part.get_content_type())
    return kind if _PLAIN_KIND.fullmatch(kind) else "application/octet-stream"


def _disposition(part: Any) -> str:
    try:
        return str(part.get_content_disposition() or "")
    except GARBAGE:
        return ""


def _file_name(part: Any) -> str:
    try:
        name = str(part.get_filename() or "")
    except GARBAGE:
        return "attachment"
    return PurePosixPath(_line(name).replace("\\", "/")).name[:MAX_NAME]


def _line(text: str) -> str:
    return _UNPRINTABLE.sub(" ", " ".join(text.split()))


def _word(text: str) -> str:
    return text.split(";")[0].strip().lower()
