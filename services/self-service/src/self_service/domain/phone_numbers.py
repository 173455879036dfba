"""Phone numbers as customers type them."""

import re

BETWEEN_DIGITS = re.compile(r"[\s()./-]+")
E164 = re.compile(r"\+[1-9]\d{6,14}")


def e164(typed: str, country: str) -> str:
    """Return the number with its country; '' for what can be none.

    00 or + begins a number with its country. Where the flow names a country, every other number
    is one of it, without the 0 that is dialled inside the country.
    """
    plain = BETWEEN_DIGITS.sub("", typed)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif not plain.startswith("+") and country:
        plain = f"+{country}{plain.removeprefix('0')}"
    return plain if E164.fullmatch(plain) else ""
