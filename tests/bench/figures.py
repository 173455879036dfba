"""The figures of a bench: printed as a table and written to build/bench. Never a verdict."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

OUT = Path(__file__).resolve().parents[2] / "build" / "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; `ratio` and the bounds are in units of what it is relative to.

    `is_met` is None where nothing is demanded.
    """

    figure: str
    value: float
    unit: str
    relative_to: str = ""
    ratio: float | None = None
    must: float | None = None
    aim: float | None = None
    is_more_better: bool = False

    @property
    def met(self) -> str:
        """`aim`, `must` or `no`; empty where nothing is demanded."""
        judged = self.ratio if self.ratio is not None else self.value
        if self.must is None:
            return ""
        if self.aim is not None and self._reaches(judged, self.aim):
            return "aim"
        return "must" if self._reaches(judged, self.must) else "no"

    def row(self) -> dict[str, Any]:
        """Return what is written of it."""
        values = asdict(self) | {"met": self.met}
        del values["is_more_better"]
        return values

    def _reaches(self, judged: float, bound: float) -> bool:
        return judged >= bound if self.is_more_better else judged <= bound


def publish(name: str, figures: Iterable[Figure]) -> Path:
    """Print the table and write the file; returns the file's path."""
    return publish_rows(name, [figure.row() for figure in figures])


def publish_rows(name: str, rows: list[dict[str, Any]]) -> Path:
    """Print and write rows that were made of figures, perhaps by several processes."""
    memory = psutil.virtual_memory().total
    machine = {"cores": os.cpu_count(), "memory_gib": round(memory / 2**30, 1)}
    table = Table(title=f"{name}: {machine['cores']} cores, {machine['memory_gib']} GiB")
    for column in ("figure", "value", "ratio", "relative to", "must", "aim", "met"):
        table.add_column(column, justify="left" if column in ("figure", "relative to") else "right")
    for row in rows:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}×"
        bounds = ("" if row[b] is None else f"{row[b]:g}" for b in ("must", "aim"))
        value = f"{row['value']:,.2f} {row['unit']}"
        table.add_row(row["figure"], value, ratio, row["relative_to"], *bounds, row["met"])
    Console(width=150).print(table)
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps([row | {"machine": machine} for row in rows], indent=1) + "\n")
    return path


def quantile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie; nearest rank. 0 for no values."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
