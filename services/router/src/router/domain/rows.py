"""Contacts and offers as rows of plain values: a snapshot holds many of them."""

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from typing import Any, get_type_hints

from router.domain.contact import Contact, Offer
from router.domain.plain import from_plain, to_plain
from router.domain.values import Needs

AS_THEY_ARE = {str, int, float, bool}
Reader = Callable[[Any], Any]


@lru_cache(maxsize=10_000)
def _needs_to(needs: Needs | tuple[Needs, ...]) -> Any:
    """Many contacts need the same; whoever gets the list must not change it."""
    return to_plain(needs)


@lru_cache(maxsize=10_000)
def _needs_from(skills: Any, any_of: Any) -> Needs:
    return from_plain(Needs, (skills, any_of))


def _one(data: Any) -> Needs:
    skills, any_of = data
    groups = tuple(tuple((name, level) for name, level in group) for group in any_of)
    return _needs_from(tuple((name, level) for name, level in skills), groups)


def _reader(kind: Any) -> Reader | None:
    if kind in AS_THEY_ARE:
        return None
    if kind is Needs:
        return _one
    if kind == tuple[Needs, ...]:
        return lambda data: tuple(_one(needs) for needs in data)
    if kind == dict[str, None]:
        return dict.fromkeys
    if getattr(kind, "__origin__", None) is dict:
        return dict
    return lambda data: from_plain(kind, data)


def _writer(kind: Any) -> Reader | None:
    if kind in (Needs, tuple[Needs, ...]):
        return _needs_to
    if kind == dict[str, None]:
        return list
    if kind in AS_THEY_ARE or getattr(kind, "__origin__", None) is dict:
        return None
    return to_plain


class Rows:
    """One kind of mutable record, field by field in the order of its definition."""

    def __init__(self, kind: type[Contact] | type[Offer]) -> None:
        hints = get_type_hints(kind)
        self._kind = kind
        self._names = tuple(field.name for field in fields(kind) if field.init)
        self._writers = tuple(
            (index, write)
            for index, name in enumerate(self._names)
            if (write := _writer(hints[name])) is not None
        )
        self._readers = tuple(
            (name, read) for name in self._names if (read := _reader(hints[name])) is not None
        )

    def row(self, record: Contact | Offer) -> list[Any]:
        """Return the values."""
        row = [getattr(record, name) for name in self._names]
        for index, write in self._writers:
            row[index] = write(row[index])
        return row

    def record(self, row: list[Any]) -> Any:
        """Return the contact or offer; an older row lacks the fields that were added since."""
        if len(row) > len(self._names):
            raise ValueError(f"{len(row)} values for {len(self._names)} fields")
        values = dict(zip(self._names, row, strict=False))
        for name, read in self._readers:
            if name in values:
                values[name] = read(values[name])
        return self._kind(**values)


CONTACTS = Rows(Contact)
OFFERS = Rows(Offer)
