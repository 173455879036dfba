"""One spelling for each address, the same that ingest makes."""

import phonenumbers

from crm.domain.customers import InvalidQuestion

MAX_ADDRESS_LENGTH = 320


def normalised(kind: str, address: str, default_region: str) -> str:
    """E.164 for phones, lower case for mail; InvalidQuestion for what is no address."""
    if len(address) > MAX_ADDRESS_LENGTH or "\x00" in address:
        raise InvalidQuestion(f"address must have 1 to {MAX_ADDRESS_LENGTH} characters")
    address = address.strip()
    if kind == "phone":
        return _phone(address, default_region)
    if kind == "email":
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or any(c.isspace() for c in address):
            raise InvalidQuestion("address is no mail address")
        return address.lower()
    if kind == "chat":
        if not address:
            raise InvalidQuestion("address is empty")
        return address
    raise InvalidQuestion("kind must be phone, email or chat")


def _phone(address: str, default_region: str) -> str:
    try:
        number = phonenumbers.parse(address, default_region or None)
    except phonenumbers.NumberParseException:
        raise InvalidQuestion("address is no phone number; write it with + and country") from None
    if not phonenumbers.is_possible_number(number):
        raise InvalidQuestion("address is no possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
