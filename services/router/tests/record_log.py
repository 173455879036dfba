"""Writes the recorded logs that every later version must reproduce, or version.

python -m services.router.tests.record_log

A seeded crowd says all kinds of facts, in bytes as they lie in the topic; what the crowd does not
think of is said once from the contract's fields. Beside it each scenario of the tests, which go
through every rule. Run it again only when the engine's behaviour is meant to change, and say so.
"""

import random
import shutil
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from contact_center.v1 import contact_events_pb2
from router.adapters.codec import decode, encode_step
from router.adapters.codec.reading import READERS
from router.adapters.recorded_log import About, LogWriter
from router.domain.engine import Engine
from router.domain.steering_facts import Malformed
from router.domain.workspace import Workspace
from router.handlers.partition import Decision, Partition, Raw
from router.handlers.replaying import Said
from router.scenarios.text import blocks

from .facts_on_the_wire import KINDS, on_the_wire
from .proof.crowd import Crowd
from .scenario import Scenario
from .test_scenarios import FILES, rules_of
from .workspaces import START

RECORDED = Path(__file__).parent / "recorded"
ALL_FACTS = RECORDED / "all_facts.log.xz"
RULES = RECORDED / "rules"
SEED = 20260722
RECORDS = 1_250
MOST_BYTES = 400_000
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

    def say_fact(self, fact: Any, event_id: str, after: int) -> None:
        """Append a fact; its bytes must say all of it, as far as the contract can."""
        value = on_the_wire(fact, event_id)
        assert isinstance(fact, Malformed) or _are_same(decode(value, "main").fact, fact)
        self.say(value, after)

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
        recorder.say_fact(fact, f"e{len(recorder.items)}", 10)
    while len(recorder.items) < 2 * records:
        recorder.say_fact(crowd.next(), f"e{len(recorder.items)}", crowd.gap())
        if len(recorder.items) == records:
            for name in sorted(_known_kinds() - recorder.kinds):
                recorder.say_kind(name)
    return recorder


def a_scenario(path: Path) -> Recorder:
    """Return what is said and decided in a scenario."""
    scenario = Scenario(rules_of(path))
    for _, commands, _ in blocks(path.read_text().splitlines()):
        scenario.run(commands)
    recorder = Recorder()
    for record in scenario.log.records:
        recorder.say_fact(record.fact, record.event_id, record.stamp - recorder.stamp)
    return recorder


def _are_same(read: Any, fact: Any) -> bool:
    """Tell whether all of the fact was read again; the codec puts some lists in order."""
    return type(read) is type(fact) and all(
        _in_order(getattr(read, field.name)) == _in_order(getattr(fact, field.name))
        for field in fields(fact)
    )


def _in_order(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, tuple) else value


def _known_kinds() -> set[str]:
    return {name for name, field in KINDS.items() if field.name in READERS}


def main() -> int:
    """Write the files; 1 when they are too large to be committed."""
    shutil.rmtree(RECORDED, ignore_errors=True)
    RULES.mkdir(parents=True)
    size = a_recording().write(ALL_FACTS, NOTE)
    for path in FILES:
        size += a_scenario(path).write(RULES / f"{path.stem}.log.xz", f"The scenario {path.name}.")
    print(f"{ALL_FACTS.name} and {len(FILES)} scenarios: {size:,} bytes")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
