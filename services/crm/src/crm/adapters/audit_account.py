"""What the audit log says, and whether it is whole."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.errors import InvalidMessage
from chassis.kafka import Record
from chassis.settings import ServiceSettings
from crm.adapters.audit_reader import beginnings, everything
from crm.adapters.audit_sealer import AUDIT_LOG, AUDIT_TOPICS
from crm.adapters.codec.audit import link_of
from crm.domain.audit_chain import Head, Link, Source, Verifier

# So long may an event wait for its seal before it is missed.
SEALED_WITHIN_MS = 60_000
# Who must look further looks at these first; a log that was replaced is wrong everywhere.
MOST_TOLD = 20


@dataclass(slots=True, kw_only=True)
class Account:
    """What was found: `broken` in the order of the log, the first 20; `more` are not told.

    By workspace: the last link, the number of the first one, and that of the anchor's link to
    which they are tied.
    """

    links: int = 0
    waiting: int = 0
    broken: list[str] = field(default_factory=list)
    more: int = 0
    heads: dict[str, Head] = field(default_factory=dict)
    begins: dict[str, int] = field(default_factory=dict)
    tied: dict[str, int] = field(default_factory=dict)

    def complain(self, what: str) -> None:
        """Something is broken."""
        if len(self.broken) < MOST_TOLD:
            self.broken.append(what)
        else:
            self.more += 1


async def verify(settings: ServiceSettings, anchors: dict[str, Head]) -> Account:
    """Follow every chain, then look for each event that is still there in its link."""
    account, verifier = Account(), Verifier(anchors)
    # Of the events that are still there alone: links are kept for much longer.
    sealed: dict[Source, bytes] = {}
    begins = await beginnings(settings, AUDIT_TOPICS[0])
    began = time.time() * 1000

    def follow(link: Link, record: Record) -> None:
        account.links += 1
        if link.source.offset >= begins.get(link.source.partition, 0):
            sealed[link.source] = _digest(link.event)
        if wrong := verifier.follow(link):
            account.complain(f"{link.workspace}: link {link.number} {_at(record)} {wrong}")

    await read_links(settings, follow, account.complain)
    for missed in verifier.missed_anchors():
        account.complain(missed)
    account.heads = {name: link.head for name, link in verifier.heads.items()}
    account.begins, account.tied = verifier.begins, verifier.tied
    async for record in everything(settings, AUDIT_TOPICS[0]):
        event = sealed.get(Source(partition=record.partition, offset=record.offset))
        if event is None and began - record.timestamp_ms <= SEALED_WITHIN_MS:
            account.waiting += 1
        elif event is None:
            account.complain(f"the event {_at(record)} of {record.topic} has no link")
        elif event != _digest(record.value or b""):
            account.complain(f"the event {_at(record)} of {record.topic} is not its link's")
    return account


async def read_links(
    settings: ServiceSettings,
    take: Callable[[Link, Record], None],
    complain: Callable[[str], None] = lambda _: None,
) -> None:
    """Give every record of the log that is a link; say which is none."""
    async for record in everything(settings, AUDIT_LOG):
        try:
            link = link_of(record)
        except InvalidMessage as error:
            complain(f"the record {_at(record)} of {AUDIT_LOG} is no link: {error}")
            continue
        take(link, record)


def _digest(event: bytes) -> bytes:
    return hashlib.sha256(event).digest()


def _at(record: Record) -> str:
    return f"(partition {record.partition}, offset {record.offset})"
