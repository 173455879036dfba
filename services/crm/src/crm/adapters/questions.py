"""Checks what is asked over gRPC, before anybody looks for it."""

import re

from chassis.sealing import address_token
from crm.adapters.addresses import normalised
from crm.domain.customers import MAX_ID_LENGTH, InvalidQuestion
from crm.settings import CrmSettings

MAX_NAME_LENGTH = 200
TIER = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Questions:
    """Knows how addresses are spelled here and which token stands for one."""

    def __init__(self, settings: CrmSettings) -> None:
        self._secret = settings.address_token_secret.get_secret_value()
        self._default_region = settings.default_region

    def address(self, kind: str, address: str) -> tuple[str, str]:
        """The address as it is spelled, and its token."""
        spelled = normalised(kind, address, self._default_region)
        return spelled, address_token(self._secret, kind, spelled)


def checked_id(value: str, name: str) -> str:
    """The id, if it can be one."""
    if not value or len(value) > MAX_ID_LENGTH or "\x00" in value:
        raise InvalidQuestion(f"{name} must have 1 to {MAX_ID_LENGTH} characters")
    return value


def checked_limit(value: int, default: int, most: int) -> int:
    """The limit; 0 is the default."""
    if value > most:
        raise InvalidQuestion(f"limit is {value}, at most {most}")
    return value or default


def checked_name(value: str) -> str:
    """The name, if it is short enough; it is not repeated in the error."""
    if len(value) > MAX_NAME_LENGTH or "\x00" in value:
        raise InvalidQuestion(f"name must have at most {MAX_NAME_LENGTH} characters")
    return value.strip()


def checked_tier(value: str) -> str:
    """The tier: a word that goes in clear into facts."""
    if not TIER.fullmatch(value):
        raise InvalidQuestion("tier must be a word of at most 64 letters, digits, - and _")
    return value
