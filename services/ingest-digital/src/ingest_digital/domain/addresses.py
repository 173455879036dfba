"""Mail addresses in one form."""

import re
from email.utils import parseaddr

MAX_LENGTH = 254
MAX_TEXT = 2000
# A line that does not begin with a blank is no continuation: it is another header.
_NEXT_LINE = re.compile(r"[\r\n]+(?![ \t])")
_PLAIN = re.compile(r"[^\s@<>\"(),:;\[\]\\\x00-\x1f]{1,64}@[^\s@<>\"(),:;\[\]\\\x00-\x1f]+")


def normalised_email(text: str) -> str | None:
    """The bare address in lower case; None if there is none."""
    try:
        # Cut here, because Python's versions disagree about what such a text says.
        address = parseaddr(_NEXT_LINE.split(text[:MAX_TEXT].lstrip())[0])[1].strip().lower()
    except (RecursionError, ValueError, LookupError):
        return None
    if len(address) > MAX_LENGTH or not _PLAIN.fullmatch(address):
        return None
    return address
