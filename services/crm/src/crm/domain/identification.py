"""Which customer a contact belongs to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

NAMESPACE = UUID("8f0b9f6a-6f0e-5c2b-9d57-0c3c6a1f7e11")
STRONGEST_FIRST = ("phone", "email", "chat")

AddressKey = tuple[str, str]
"""Kind and token of an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address that came with a contact; `sealed` is the address itself, closed."""

    kind: str
    token: str
    is_verified: bool
    sealed: bytes | None = None

    @property
    def key(self) -> AddressKey:
        return (self.kind, self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A contact that needs its customer."""

    workspace: str
    contact_id: str
    key_id: str
    arrived_at: datetime
    addresses: tuple[Address, ...] = ()
    # The first contact of its line and the one before it; empty for a contact that stands alone.
    initial_id: str = ""
    previous_id: str = ""
    # The customer that the router knows through the lineage.
    stated_customer_id: str = ""
    # False for a transfer whose customer the router knows: nobody waits for an answer.
    is_answer_awaited: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known before: customers (after all links) by verified address and by lineage."""

    owners: Mapping[AddressKey, str] = field(default_factory=dict)
    lineage_customer_id: str = ""
    # The contact was here before: its customer stands.
    is_decided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The answer. No customer id: the contact waits for the one that it came from."""

    customer_id: str
    is_new: bool
    addresses: tuple[Address, ...] = ()
    possible_duplicates: tuple[str, ...] = ()


def recognise(arrival: Arrival, known: Known) -> Recognition:
    """The customer who has the strongest verified address; else the lineage's; else a new one.

    Addresses of other customers stay theirs: those customers are named as possible duplicates.
    What a visitor merely claims is kept with the customer and never decides.
    """
    addresses = _distinct(arrival.addresses)
    verified = sorted((a for a in addresses if a.is_verified), key=_strength)
    owners = list(dict.fromkeys(known.owners[a.key] for a in verified if a.key in known.owners))
    lineage = known.lineage_customer_id or arrival.stated_customer_id
    is_new = False
    if owners:
        customer_id = owners[0]
    elif verified:
        customer_id, is_new = customer_of_address(arrival.workspace, verified[0].key), True
    elif lineage:
        customer_id = lineage
    elif arrival.initial_id and arrival.initial_id != arrival.contact_id:
        return Recognition(customer_id="", is_new=False)
    else:
        customer_id, is_new = _derived(arrival.workspace, "contact", arrival.contact_id), True
    others = dict.fromkeys([*owners, *([lineage] if lineage else [])])
    return Recognition(
        customer_id=customer_id,
        is_new=is_new,
        addresses=tuple(
            a for a in addresses if known.owners.get(a.key, customer_id) == customer_id
        ),
        possible_duplicates=tuple(other for other in others if other != customer_id),
    )


def customer_of_address(workspace: str, key: AddressKey) -> str:
    """Id of the customer who is made for an address: a repeat makes the same one."""
    kind, token = key
    return _derived(workspace, f"address/{kind}", token)


def identified_event_id(workspace: str, contact_id: str) -> str:
    """Id of the fact that names the customer of a contact: the same for a repeat."""
    return _derived(workspace, "identified", contact_id)


def _distinct(addresses: Iterable[Address]) -> list[Address]:
    """Each address once; the one that is vouched for, if any is."""
    best: dict[AddressKey, Address] = {}
    for address in addresses:
        if address.key not in best or address.is_verified:
            best[address.key] = address
    return list(best.values())


def _strength(address: Address) -> tuple[int, str]:
    known = address.kind in STRONGEST_FIRST
    place = STRONGEST_FIRST.index(address.kind) if known else len(STRONGEST_FIRST)
    return (place, address.kind)


def _derived(workspace: str, kind: str, value: str) -> str:
    return str(uuid5(NAMESPACE, f"{workspace}\x1f{kind}\x1f{value}"))
