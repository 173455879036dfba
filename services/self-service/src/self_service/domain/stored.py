"""A flow as JSON, and back; its version is the hash of that."""

import hashlib
import json
from dataclasses import asdict, fields
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from self_service.domain.flow import Ask, Branch, Callback, End, Flow, Queue, Say, Set, Step

KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Say, Ask, Branch, Set, Queue, Callback, End)
}


def to_json(flow: Flow) -> str:
    """Return the same text for the same flow."""
    plain = asdict(flow)
    for written, step in zip(plain["steps"], flow.steps, strict=True):
        written["kind"] = type(step).__name__
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Flow:
    """Return the flow that `to_json` wrote; a field that was unknown then has its empty value."""
    flow: Flow = _value(Flow, json.loads(text))
    return flow


def version_of(compiled: str) -> str:
    """Return the content hash that names this version of the flow."""
    return hashlib.sha256(compiled.encode()).hexdigest()


def _value(kind: Any, written: Any) -> Any:
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return tuple(_value(inner, item) for item in written)
    if kind == Step or isinstance(kind, UnionType):
        return _dataclass(KINDS[written["kind"]], written)
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass(kind, written)
    return kind(written)


def _dataclass(kind: Any, written: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    given = {
        field.name: _value(hints[field.name], written[field.name])
        for field in fields(kind)
        if field.name in written
    }
    missing = {
        name: _empty(hint)
        for name, hint in hints.items()
        if name not in given and name in _all(kind)
    }
    return kind(**missing, **given)


def _all(kind: Any) -> set[str]:
    return {field.name for field in fields(kind)}


def _empty(hint: Any) -> Any:
    return () if get_origin(hint) is tuple else hint()
