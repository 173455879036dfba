"""Values of the domain as lists, dicts, text and numbers, and back by their types."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from router.domain.policy import Policy, RosterAgent

T = TypeVar("T")
Convert = Callable[[Any], Any]
AS_THEY_ARE = (str, int, float, bool, NoneType)


def to_plain(value: Any) -> Any:
    """Return the value as lists, dicts, text and numbers.

    A dataclass becomes a dict of its fields, every tuple a list, every word its text.
    """
    kind: Any = type(value)
    return _dumper(kind)(value)


def from_plain(kind: type[T], data: Any) -> T:
    """Return the value of that type that to_plain made this of; absent fields have defaults."""
    wanted: Any = kind
    loaded: T = _loader(wanted)(data)
    return loaded


def policy_from(data: dict[str, Any]) -> Policy:
    """Return the rules."""
    return from_plain(Policy, data)


def roster_agent_from(data: dict[str, Any]) -> RosterAgent:
    """Return who works here."""
    return from_plain(RosterAgent, data)


@cache
def _dumper(kind: type) -> Convert:
    if issubclass(kind, StrEnum):
        return str
    if kind in AS_THEY_ARE:
        return _same
    if kind is bytes:
        return bytes.hex
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        return lambda value: {name: to_plain(getattr(value, name)) for name in names}
    if issubclass(kind, tuple | list):
        return lambda value: [to_plain(item) for item in value]
    if issubclass(kind, Mapping):
        return lambda value: {str(key): to_plain(item) for key, item in value.items()}
    raise TypeError(f"{kind.__name__} has no plain form")


@cache
def _loader(kind: Any) -> Convert:
    origin, inner = get_origin(kind), get_args(kind)
    if kind in AS_THEY_ARE:
        return _same
    if kind is bytes:
        return bytes.fromhex
    if origin in (Union, UnionType):
        return _optional(inner)
    if origin is tuple:
        return _tuple(inner)
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_item = (_loader(k) for k in inner)
        return lambda data: {of_key(key): of_item(item) for key, item in data.items()}
    if isinstance(kind, type):
        if issubclass(kind, StrEnum):
            return kind
        if is_dataclass(kind):
            return _record(kind)
        if issubclass(kind, tuple):
            return _named_tuple(kind)
    raise TypeError(f"{kind} cannot be had from plain values")


def _optional(inner: tuple[Any, ...]) -> Convert:
    """Of one type, or None; text beside number needs no telling apart."""
    loaders = [_loader(kind) for kind in inner if kind is not NoneType]
    if all(load is _same for load in loaders):
        return _same
    if len(loaders) != 1:
        raise TypeError(f"which of {inner} it was cannot be seen in plain values")
    (load,) = loaders
    return lambda data: None if data is None else load(data)


def _tuple(inner: tuple[Any, ...]) -> Convert:
    if len(inner) == 2 and inner[1] is Ellipsis:
        load = _loader(inner[0])
        return lambda data: tuple(load(item) for item in data)
    loaders = [_loader(kind) for kind in inner]
    return lambda data: tuple(load(d) for load, d in zip(loaders, data, strict=True))


def _record(kind: type) -> Convert:
    loaders = {name: _loader(hint) for name, hint in _hints(kind).items()}
    return lambda data: kind(**{name: loaders[name](item) for name, item in data.items()})


def _named_tuple(kind: type) -> Convert:
    loaders = [_loader(hint) for hint in _hints(kind).values()]
    return lambda data: kind(*(load(item) for load, item in zip(loaders, data, strict=True)))


def _hints(kind: type) -> dict[str, Any]:
    """Return the types of the fields."""
    return get_type_hints(kind)


def _same(value: Any) -> Any:
    return value
