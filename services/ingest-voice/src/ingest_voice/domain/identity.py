"""Ids that a repeat of the same thing makes again."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0f3a2e-3a55-5c7e-9a2e-0c2b7d1f4a10")


def contact_id_of(*, instance: str, sip_call_id: str, from_tag: str, arrived_ms: int) -> str:
    """The contact of one call. A peer that uses its Call-ID again makes another contact."""
    return _named("contact", instance, sip_call_id, from_tag, str(arrived_ms))


def event_id_of(kind: str, *parts: str) -> str:
    """The same fact said again has the same id."""
    return _named("event", kind, *parts)


def _named(*parts: str) -> str:
    # Each part with its length, so that ("a", "bc") and ("ab", "c") differ.
    return str(uuid5(_NAMESPACE, "".join(f"{len(part)}:{part};" for part in parts)))
