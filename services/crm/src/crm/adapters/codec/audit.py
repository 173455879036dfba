"""Audit events and their links on the wire."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.json_format import MessageToDict

from chassis.errors import InvalidMessage
from chassis.events import headers
from chassis.kafka import Record
from chassis.kafka.records import Headers
from contact_center.v1 import audit_events_pb2
from crm.adapters.codec.fields import parsed, required
from crm.domain.audit_chain import Link, Source

# What the gRPC server writes.
AuditEvent = audit_events_pb2.AuditEvent
TYPE = "SealedAuditEvent"


def audited_workspace(record: Record) -> str:
    """The workspace of an event, which is its key, too."""
    workspace = required(parsed(AuditEvent, record).workspace, "workspace")
    if record.key != workspace.encode():
        raise InvalidMessage("the event's key is not its workspace")
    return workspace


def sealed(link: Link) -> bytes:
    """A link as it stands in the log."""
    return audit_events_pb2.SealedAuditEvent(
        workspace=link.workspace,
        number=link.number,
        event=link.event,
        source_partition=link.source.partition,
        source_offset=link.source.offset,
        previous_hash=link.previous_hash,
        hash=link.hash,
    ).SerializeToString(deterministic=True)


def link_headers(link: Link, source: str) -> Headers:
    """A link that is written again has the same id."""
    return headers(f"{link.workspace}-{link.number}", TYPE, source, datetime.now(UTC))


def link_of(record: Record) -> Link:
    """The link; InvalidMessage when it is none."""
    found = parsed(audit_events_pb2.SealedAuditEvent, record)
    if (record.key or b"").decode(errors="replace") != found.workspace:
        raise InvalidMessage("the link's key is not its workspace")
    return Link(
        workspace=found.workspace,
        number=found.number,
        event=found.event,
        source=Source(partition=found.source_partition, offset=found.source_offset),
        previous_hash=found.previous_hash,
        hash=found.hash,
    )


def plain(link: Link) -> dict[str, Any]:
    """The event of a link with its number, for people."""
    event = MessageToDict(AuditEvent.FromString(link.event), preserving_proto_field_name=True)
    return {"number": link.number, **event}
