"""A token that stands for an address without telling it."""

import base64
import hashlib
import hmac

VERSION = "a1"


def address_token(secret: bytes | str, kind: str, address: str) -> str:
    """Keyed HMAC-SHA256 of a kind (`phone`, `email` …) and an already normalised address.

    The same address always gives the same token; without the secret it cannot be guessed back.
    """
    key = secret.encode() if isinstance(secret, str) else secret
    if not key:
        raise ValueError("the secret of address tokens is empty")
    kind_bytes = kind.encode()
    text = len(kind_bytes).to_bytes(4, "big") + kind_bytes + address.encode()
    digest = hmac.new(key, text, hashlib.sha256).digest()
    return f"{VERSION}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
