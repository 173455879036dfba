"""Seals audit events into the chain of their workspace: the one writer of audit-log.v1."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict

from chassis.errors import InvalidMessage
from chassis.kafka import Position, Producer, Record
from chassis.part import Part
from chassis.postgres import Database
from chassis.settings import ServiceSettings
from crm import metrics
from crm.adapters.audit_heads import forget_sources, known, locked, move
from crm.adapters.audit_reader import ends, everything
from crm.adapters.codec.audit import audited_workspace, link_headers, link_of, sealed
from crm.domain.audit_chain import Head, Link, Source

AUDIT_TOPICS = ("audit-events.v1",)
AUDIT_LOG = "audit-log.v1"

log = logging.getLogger(__name__)


class AuditSealer(Part):
    """Links are acknowledged before the head moves: after a crash the same ones come again."""

    def __init__(
        self, settings: ServiceSettings, database: Database, producer: Producer, source: str
    ) -> None:
        self._settings = settings
        self._database = database
        self._producer = producer
        self._source = source

    async def start(self) -> None:
        """Read what the log knows and we do not: our tables may be empty, or an older backup's."""
        count = 0
        async for record in everything(self._settings, AUDIT_LOG, await known(self._database)):
            at = Position(partition=record.partition, offset=record.offset)
            link = _link_in(record)
            if link is None:
                metrics.AUDIT_FOREIGN.inc()
                log.error("no link of ours in the audit log", extra=asdict(at))
                continue
            async with self._database.transaction() as connection:
                await move(connection, link.head, at)
            count += 1
        await forget_sources(self._database, await ends(self._settings, AUDIT_TOPICS[0]))
        log.info("audit log read", extra={"links": count})

    async def handle_batch(self, records: Sequence[Record]) -> None:
        """Seal the records of one partition; all of it may be done again."""
        events = [(audited_workspace(record), record) for record in records]
        async with self._database.transaction() as connection:
            heads: dict[str, Head] = {}
            # In one order, so that two that seal together do not wait for each other.
            for workspace in sorted({workspace for workspace, _ in events}):
                heads[workspace] = await locked(connection, workspace)
            links = _links(heads, events)
            places = await asyncio.gather(*(self._send(link) for link in links))
            last = {link.workspace: at for link, at in zip(links, places, strict=True)}
            for workspace, at in last.items():
                await move(connection, heads[workspace], at)
        metrics.AUDIT_SEALED.inc(len(links))

    def _send(self, link: Link) -> "asyncio.Future[Position]":
        marks = link_headers(link, self._source)
        return self._producer.send_soon(AUDIT_LOG, link.workspace, sealed(link), marks)


def _link_in(record: Record) -> Link | None:
    """The link; None for what somebody else wrote there, which `audit verify` names."""
    try:
        link = link_of(record)
    except InvalidMessage:
        return None
    return link if link.holds else None


def _links(heads: dict[str, Head], events: Sequence[tuple[str, Record]]) -> list[Link]:
    """The links of what is not sealed yet; the heads move on."""
    links = []
    for workspace, record in events:
        source = Source(partition=record.partition, offset=record.offset)
        if heads[workspace].has(source):
            continue
        link = heads[workspace].next_link(record.value or b"", source)
        heads[workspace] = link.head
        links.append(link)
    return links
