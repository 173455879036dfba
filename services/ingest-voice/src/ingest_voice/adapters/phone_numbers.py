"""Phone numbers in SIP addresses."""

import re
from urllib.parse import unquote

import phonenumbers

_SEPARATORS = re.compile(r"[\s().\-/]")
_USER = re.compile(r"(?:sips?|tel):([^@;>?]*)", re.IGNORECASE)


def user_of(uri: str) -> str:
    """The user part of a SIP address or the number of a tel URI, without separators."""
    found = _USER.match(uri.strip())
    return _plain(unquote(found.group(1))) if found else ""


def e164(text: str, region: str) -> str:
    """The number in E.164, or empty when it is none; `region` reads national numbers."""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def dialled(text: str, region: str) -> str:
    """What a called number is known by: E.164, or itself where it is short or a name."""
    plain = _plain(text)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    return e164(plain, region) or plain.lower()


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", text)


class PhoneNumbers:
    """Reads callers' numbers."""

    def __init__(self, region: str) -> None:
        self._region = region

    def caller_of(self, from_uri: str) -> str:
        """The number in E.164; empty when it is withheld or no number."""
        user = user_of(from_uri)
        return e164(user, self._region) if user else ""
