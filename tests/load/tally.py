"""What became of everybody who was brought in, by hour of the real day."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.load.bank_calls import FIRST_HOUR

OUT = Path(__file__).resolve().parents[2] / "build" / "load"
HOUR_SECONDS = 3600.0


class Fate(StrEnum):
    """UNKNOWN: no answer came, so the contact may or may not exist; it is there at most once."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LOST = "lost"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One customer; times in real seconds. `planned` is the instant within the real day.

    `late` is how long after the planned instant it was sent: the generator's own delay.
    `accepted` is how long the stack took to accept it, `wait` from there to the answer or the end.
    """

    planned: float
    fate: Fate
    late: float = 0.0
    accepted: float = 0.0
    wait: float = 0.0


def show(title: str, visits: list[Visit]) -> None:
    """Print the table."""
    table = Table(title=title)
    for column in ("hour", "sent", *Fate, "wait p50", "p90", "p99", "accept p99", "late p99"):
        table.add_column(column, justify="right")
    hours = sorted({_hour(visit) for visit in visits})
    for hour in hours:
        table.add_row(f"{hour:02d}:00", *_row([v for v in visits if _hour(v) == hour]))
    table.add_section()
    table.add_row("all", *_row(visits))
    Console(width=160).print(table)


def write(name: str, about: dict[str, Any], visits: list[Visit]) -> Path:
    """Write every visit, for those who want to count otherwise."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(about | {"visits": [asdict(visit) for visit in visits]}) + "\n")
    return path


def _row(visits: list[Visit]) -> list[str]:
    fates = Counter(visit.fate for visit in visits)
    waits = [visit.wait for visit in visits if visit.fate is Fate.ANSWERED]
    sent = [visit for visit in visits if visit.fate is not Fate.LEFT_OUT]
    accepted = [visit.accepted for visit in sent if visit.accepted]
    return [
        str(len(sent)),
        *(str(fates[fate]) if fates[fate] else "" for fate in Fate),
        *(_seconds(waits, share) for share in (0.5, 0.9, 0.99)),
        _seconds(accepted, 0.99),
        _seconds([visit.late for visit in sent], 0.99),
    ]


def _seconds(values: list[float], share: float) -> str:
    if not values:
        return ""
    return f"{sorted(values)[min(len(values) - 1, int(share * len(values)))]:.3f} s"


def _hour(visit: Visit) -> int:
    return FIRST_HOUR + int(visit.planned // HOUR_SECONDS)
