"""Reading one part of a mail, with every garbage that a part can hold."""

import re
from pathlib import PurePosixPath
from typing import Any

MAX_NAME = 255
# What the standard library's header parser is known to raise on garbage.
GARBAGE = (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError)

_PLAIN_KIND = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+_-]{0,99}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def header(message: Any, name: str) -> str:
    try:
        return str(message[name] or "")
    except GARBAGE:
        found = (value for key, value in message.raw_items() if key.lower() == name.lower())
        return str(next(found, ""))


def text_of(part: Any) -> str:
    try:
        text = str(part.get_content())
    except GARBAGE:
        text = data_of(part).decode(errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def data_of(part: Any) -> bytes:
    try:
        if part.is_multipart():
            return b"".join(inner.as_bytes() for inner in part.get_payload())
        return bytes(part.get_payload(decode=True) or b"")
    except GARBAGE:
        return str(part.get_payload()).encode(errors="replace")


def kind_of(part: Any) -> str:
    """The content type; one that is no plain word tells nothing and could tell too much."""
    kind = str(part.get_content_type())
    return kind if _PLAIN_KIND.fullmatch(kind) else "application/octet-stream"


def disposition(part: Any) -> str:
    try:
        return str(part.get_content_disposition() or "")
    except GARBAGE:
        return ""


def file_name(part: Any) -> str:
    try:
        name = str(part.get_filename() or "")
    except GARBAGE:
        return "attachment"
    return PurePosixPath(one_line(name).replace("\\", "/")).name[:MAX_NAME]


def one_line(text: str) -> str:
    return _UNPRINTABLE.sub(" ", " ".join(text.split()))


def first_word(text: str) -> str:
    return text.split(";")[0].strip().lower()
