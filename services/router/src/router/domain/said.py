"""Values that are made many times for every record: frozen to the type checker, cheap to make."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def said(kind: type[T]) -> type[T]:
    """Make a dataclass with slots that nobody may change.

    The type checker holds everybody to it. At run time a frozen dataclass sets each field by a
    call of its own, which makes a decision three times as dear.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(kind)
