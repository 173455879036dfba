"""What stands in a From or To header."""

import re

_URI = re.compile(r"<([^<>]*)>")
_TAG = re.compile(r";\s*tag=([^;\s]+)", re.IGNORECASE)


def uri_of(header: str) -> str:
    """The URI, without what follows it."""
    bracketed = _URI.search(header)
    return bracketed.group(1) if bracketed else header.partition(";")[0].strip()


def tag_of(header: str) -> str:
    """The tag; empty when there is none."""
    found = _TAG.search(header.rpartition(">")[2] if "<" in header else header)
    return found.group(1) if found else ""
