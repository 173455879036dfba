"""Mail addresses in one form."""

import re
from email.utils import parseaddr

MAX_LENGTH = 254
_PLAIN = re.compile(r"[^\s@<>\"(),:;\[\]\\\x00-\x1f]{1,64}@[^\s@<>\"(),:;\[\]\\\x00-\x1f]+")


def normalised_email(text: str) -> str | None:
    """The bare address in lower case; None if there is none."""
    address = parseaddr(text)[1].strip().lower()
    if len(address) > MAX_LENGTH or not _PLAIN.fullmatch(address):
        return None
    return address
