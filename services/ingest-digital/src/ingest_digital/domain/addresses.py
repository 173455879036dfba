"""Mail addresses in one form."""

import re
from email.utils import parseaddr

MAX_LENGTH = 254
MAX_TEXT = 2000
_PLAIN = re.compile(r"[^\s@<>\"(),:;\[\]\\\x00-\x1f]{1,64}@[^\s@<>\"(),:;\[\]\\\x00-\x1f]+")


def normalised_email(text: str) -> str | None:
    """The bare address in lower case; None if there is none."""
    try:
        address = parseaddr(text[:MAX_TEXT])[1].strip().lower()
    except (RecursionError, ValueError, LookupError):
        return None
    if len(address) > MAX_LENGTH or not _PLAIN.fullmatch(address):
        return None
    return address
