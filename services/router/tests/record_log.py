"""Writes the recorded log that every later version must reproduce, or version.

python -m services.router.tests.record_log

A seeded crowd says all kinds of facts, in bytes as they lie in the topic; what the crowd does not
think of is said once from the contract's fields. Run it again only when the engine's behaviour
is meant to change, and say so in the changelog.
"""

import random
import sys
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from contact_center.v1 import contact_events_pb2
from router.adapters.codec import decode, encode_step
from router.adapters.codec.reading import READERS
from router.adapters.recorded_log import About, LogWriter
from router.domain.engine import Engine
from router.domain.workspace import Workspace
from router.handlers.partition import Decision, Partition, Raw
from router.handlers.replaying import Said

from .facts_on_the_wire import KINDS, on_the_wire
from .proof.crowd import Crowd
from .workspaces import START

RECORDED = Path(__file__).parent / "recorded"
ALL_FACTS = RECORDED / "all_facts.log.xz"
SEED = 20260722
RECORDS = 4_000
MOST_BYTES = 300_000
NOTE = f"A seeded crowd (seed {SEED}) that says every kind of fact."


class Recorder:
    """Puts bytes into an engine as a partition would, and keeps record and step."""

    def __init__(self) -> None:
        self.engine = Engine(Workspace("main"))
        self.partition = Partition(0, decode, lambda key: True)
        self.partition.engines["main"] = self.engine
        self.items: list[Raw | Said] = []
        self.kinds: set[str] = set()
        self.stamp = START

    def say(self, value: bytes, after: int = 0) -> None:
        """Append a record."""
        self.stamp += after
        offset = self.partition.position + 1
        raw = Raw(offset=offset, stamp=self.stamp, key=b"main", value=value)
        outcome = self.partition.take(raw)
        assert isinstance(outcome, Decision)
        step = outcome.step
        self.kinds.add(step.event_type)
        said = Said(step_number=step.step_number, cause=offset, value=encode_step(step))
        self.items += [raw, said]

    def say_kind(self, name: str) -> None:
        """Append a fact of this kind whose fields fit together as far as their names tell."""
        field = KINDS[name]
        body = {field.name: self._filled(field)}
        event = contact_events_pb2.ContactEvent(
            event_id=f"e{len(self.items)}", workspace="main", source="test/1", **body
        )
        self.say(event.SerializeToString(deterministic=True), 100)

    def write(self, path: Path, note: str) -> int:
        """Write the file; return its size."""
        writer = LogWriter(path, About(workspace="main", partition=0, note=note))
        for item in self.items:
            writer.write(item)
        writer.close()
        return path.stat().st_size

    def _filled(self, field: FieldDescriptor) -> Any:
        message = field.message_type._concrete_class()
        for part in field.message_type.fields:
            value = self._value(part.name)
            if part.is_repeated or part.message_type is not None:
                continue
            if part.enum_type is not None:
                setattr(message, part.name, 2)
            elif part.cpp_type == part.CPPTYPE_STRING and part.type == part.TYPE_STRING:
                setattr(message, part.name, value if isinstance(value, str) else "")
            elif part.cpp_type == part.CPPTYPE_DOUBLE:
                setattr(message, part.name, 60.0)
            elif part.cpp_type != part.CPPTYPE_BOOL:
                setattr(message, part.name, value if isinstance(value, int) else 1)
        return message

    def _value(self, name: str) -> Any:
        ws = self.engine.workspace
        agent = min(ws.agents.values(), key=lambda agent: agent.agent_id)
        found = {
            "contact_id": next(reversed(ws.contacts), "c1"),
            "offer_id": next(reversed(ws.offers), "offer-1-1"),
            "agent_id": agent.agent_id,
            "to_agent_id": "a01",
            "session_number": agent.session_number,
            "desk_instance": agent.desk_instance,
            "queue": "billing",
            "message_id": f"m{len(self.items)}",
            "by": "supervisor",
        }
        return found.get(name)


def a_recording(seed: int = SEED, records: int = RECORDS) -> Recorder:
    """Return a day of the crowd in which every kind of fact is said."""
    recorder = Recorder()
    crowd = Crowd(random.Random(seed), recorder.engine)
    for fact in crowd.beginning():
        recorder.say(on_the_wire(fact, f"e{len(recorder.items)}"), 10)
    while len(recorder.items) < 2 * records:
        recorder.say(on_the_wire(crowd.next(), f"e{len(recorder.items)}"), crowd.gap())
        if len(recorder.items) == records:
            for name in sorted(_known_kinds() - recorder.kinds):
                recorder.say_kind(name)
    return recorder


def _known_kinds() -> set[str]:
    return {name for name, field in KINDS.items() if field.name in READERS}


def main() -> int:
    """Write the file; 1 when it is too large to be committed."""
    RECORDED.mkdir(exist_ok=True)
    recorder = a_recording()
    size = recorder.write(ALL_FACTS, NOTE)
    print(f"{ALL_FACTS.name}: {len(recorder.items) // 2:,} records, {size:,} bytes")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
