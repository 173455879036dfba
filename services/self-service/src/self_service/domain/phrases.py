"""The few words that the service itself adds to a menu."""

from collections.abc import Sequence

PRESS = {
    "de": "Für {label}: die {digit}.",
    "en": "For {label}, press {digit}.",
    "es": "Para {label}, pulse {digit}.",
    "fr": "Pour {label}, appuyez sur {digit}.",
    "it": "Per {label}, premere {digit}.",
    "nl": "Voor {label}, toets {digit}.",
    "pl": "{label}: wciśnij {digit}.",
    "pt": "Para {label}, prima {digit}.",
}
OTHERWISE = "{digit}: {label}."
KEY_NAMES = {"de": {"#": "Raute", "*": "Stern"}, "en": {"#": "the hash key", "*": "star"}}


def keys_aloud(language: str, choices: Sequence[tuple[str, str]]) -> str:
    """Return which key is for which choice, as a caller hears it."""
    phrase = PRESS.get(language.split("-")[0], OTHERWISE)
    names = KEY_NAMES.get(language.split("-")[0], {})
    return " ".join(
        phrase.format(label=label, digit=names.get(digit, digit)) for label, digit in choices
    )


def keys_written(choices: Sequence[tuple[str, str]]) -> str:
    """Return the choices as lines, for channels that show no buttons."""
    return "\n".join(f"{digit} {label}".strip() for label, digit in choices)
