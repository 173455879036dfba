"""A range of waiting in words: whole minutes or hours, rounded outward so that it stays true."""

from dataclasses import dataclass
from math import ceil, floor

WAIT = "wait"
"""The variable that holds the words."""
MINUTE, HOUR = 60, 3600
# From here on people do not care for single minutes.
LONG_MINUTES, LONG_STEP = 20, 5
MAX_MINUTES = 120


@dataclass(frozen=True, slots=True)
class Phrases:
    """What says a range; a range always has at least two of its unit at its end."""

    under_a_minute: str
    up_to: str
    about: str
    between: str
    minutes: str
    hours: str


PHRASES = {
    "de": Phrases(
        "weniger als eine Minute",
        "bis zu {high} {unit}",
        "etwa {high} {unit}",
        "zwischen {low} und {high} {unit}",
        "Minuten",
        "Stunden",
    ),
    "en": Phrases(
        "less than a minute",
        "up to {high} {unit}",
        "about {high} {unit}",
        "between {low} and {high} {unit}",
        "minutes",
        "hours",
    ),
    "es": Phrases(
        "menos de un minuto",
        "hasta {high} {unit}",
        "alrededor de {high} {unit}",
        "entre {low} y {high} {unit}",
        "minutos",
        "horas",
    ),
    "fr": Phrases(
        "moins d'une minute",
        "jusqu'à {high} {unit}",
        "environ {high} {unit}",
        "entre {low} et {high} {unit}",
        "minutes",
        "heures",
    ),
    "it": Phrases(
        "meno di un minuto",
        "fino a {high} {unit}",
        "circa {high} {unit}",
        "tra {low} e {high} {unit}",
        "minuti",
        "ore",
    ),
    "nl": Phrases(
        "minder dan een minuut",
        "maximaal {high} {unit}",
        "ongeveer {high} {unit}",
        "tussen {low} en {high} {unit}",
        "minuten",
        "uur",
    ),
    "pl": Phrases(
        "mniej niż minutę",
        "do {high} {unit}",
        "około {high} {unit}",
        "od {low} do {high} {unit}",
        "minut",
        "godzin",
    ),
    "pt": Phrases(
        "menos de um minuto",
        "até {high} {unit}",
        "cerca de {high} {unit}",
        "entre {low} e {high} {unit}",
        "minutos",
        "horas",
    ),
}
OTHERWISE = Phrases(
    "< 1 min", "0–{high} {unit}", "{high} {unit}", "{low}–{high} {unit}", "min", "h"
)


def wait_phrase(language: str, low_seconds: float, high_seconds: float) -> str:
    """Return the range as words of the language, or as figures in one that is not known."""
    words = PHRASES.get(language.split("-")[0], OTHERWISE)
    if high_seconds <= MINUTE:
        return words.under_a_minute
    unit, seconds, step = words.minutes, MINUTE, 1
    if high_seconds > MAX_MINUTES * MINUTE:
        unit, seconds = words.hours, HOUR
    elif high_seconds > LONG_MINUTES * MINUTE:
        step = LONG_STEP
    low = floor(low_seconds / (seconds * step)) * step
    high = ceil(high_seconds / (seconds * step)) * step
    phrase = words.up_to if low == 0 else words.about if low == high else words.between
    return phrase.format(low=low, high=high, unit=unit)
