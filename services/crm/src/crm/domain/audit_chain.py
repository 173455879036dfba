"""The chain that seals audit events: each link holds the hash of the one before it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

FIRST = b"\x00" * 32
PREFIX = b"contact-center audit 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an event stands in the topic of events."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the chain of a workspace is."""

    workspace: str
    number: int = 0
    hash: bytes = FIRST
    source: Source = Source(partition=-1, offset=-1)

    def has(self, source: Source) -> bool:
        """Whether the event of that place is sealed already."""
        return source.partition == self.source.partition and source.offset <= self.source.offset

    def next_link(self, event: bytes, source: Source) -> "Link":
        """The same event at the same place gives the same link, whoever makes it."""
        number = self.number + 1
        return Link(
            workspace=self.workspace,
            number=number,
            event=event,
            source=source,
            previous_hash=self.hash,
            hash=hash_of(self.workspace, number, event, source, self.hash),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One sealed event."""

    workspace: str
    number: int
    event: bytes
    source: Source
    previous_hash: bytes
    hash: bytes

    @property
    def head(self) -> Head:
        """The chain that ends with this link."""
        return Head(
            workspace=self.workspace, number=self.number, hash=self.hash, source=self.source
        )

    @property
    def holds(self) -> bool:
        """Whether its hash is that of what it says."""
        said = (self.workspace, self.number, self.event, self.source, self.previous_hash)
        return self.hash == hash_of(*said)


def hash_of(
    workspace: str, number: int, event: bytes, source: Source, previous_hash: bytes
) -> bytes:
    """As the contract describes it."""
    name = workspace.encode()
    parts = [PREFIX, previous_hash]
    parts += [n.to_bytes(8, "big") for n in (number, source.partition, source.offset)]
    for text in (name, event):
        parts += [len(text).to_bytes(8, "big"), text]
    return hashlib.sha256(b"".join(parts)).digest()


class Verifier:
    """Follows the links of all workspaces in the order in which they stand in the log.

    `anchors` are heads that were verified before and kept elsewhere. The oldest links go with
    their retention: what is left is tied to what was verified only if the anchor's link is still
    there, or the first that is there follows it.
    """

    def __init__(self, anchors: dict[str, Head] | None = None) -> None:
        self.begins: dict[str, int] = {}
        self.heads: dict[str, Link] = {}
        self.tied: dict[str, int] = {}
        self._anchors = dict(anchors or {})

    def follow(self, link: Link) -> str:
        """What is wrong with it; empty when it follows. Repeats of what stands there do."""
        last = self.heads.get(link.workspace)
        if last is None:
            self.begins[link.workspace] = link.number
        elif link == last:
            return ""
        self.heads[link.workspace] = link
        return _wrong(link, last) or self._wrong_by_anchor(link, last)

    def _wrong_by_anchor(self, link: Link, last: Link | None) -> str:
        anchor = self._anchors.get(link.workspace)
        if anchor is None:
            return ""
        if link.number == anchor.number and link.hash != anchor.hash:
            return "is another one than the anchor's"
        if last is None and link.number == anchor.number + 1 and link.previous_hash != anchor.hash:
            return f"does not follow the anchor's link {anchor.number}"
        if link.number == anchor.number or (last is None and link.number == anchor.number + 1):
            self.tied[link.workspace] = anchor.number
        return ""

    def missed_anchors(self) -> Iterator[str]:
        """Anchors to which nothing ties the log: it ends before them, or begins too late."""
        for workspace, anchor in sorted(self._anchors.items()):
            last, first = self.heads.get(workspace), self.begins.get(workspace, 0)
            number = anchor.number
            if last is None or last.number < number:
                yield f"{workspace}: the log ends before link {number}, which the anchor knows"
            elif first > number + 1:
                yield (
                    f"{workspace}: the log begins with link {first}, and the anchor knows "
                    f"{number}: what was between them is gone, and nobody verified it"
                )


def _wrong(link: Link, last: Link | None) -> str:
    if not link.holds:
        return "was changed: its hash is another"
    if last is None:
        return "" if link.number > 1 or link.previous_hash == FIRST else "is no beginning"
    if link.number > last.number + 1:
        return f"follows {last.number}: {last.number + 1} is missing"
    if link.number <= last.number:
        return f"stands after {last.number}: out of order, or written twice with other content"
    if link.previous_hash != last.hash:
        return f"does not follow {last.number}: that was replaced"
    return ""
