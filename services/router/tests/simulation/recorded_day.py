"""A made-up day as a recorded log, and policies as files."""

from pathlib import Path

from router.adapters.codec import decode, encode_step
from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.source import Source
from router.adapters.recorded_log import About, LogWriter
from router.domain.policy import Policy
from router.handlers.partition import Decision, Partition, Raw
from router.handlers.replaying import Said

from ..facts_on_the_wire import on_the_wire
from .a_day import MadeUpDay

POLICY = """\
skills: [billing, english, german, sales, vip]
queues:
  - {name: billing, requires: {billing: 1}}
  - {name: sales, requires: {sales: 1}}
  - {name: anyone}
entry_points:
  - {name: main, channel: voice, address: "+49301", flow: main}
  - {name: web, channel: chat, address: web, flow: main}
  - {name: mailbox, channel: email, address: a@cc.test, flow: mail}
capacities:
  - {channels: [voice, video], slots: 1}
  - {channels: [chat, sms], slots: 2}
  - {channels: [email], slots: 1}
dispositions: [solved, later]
break_reasons: [lunch, training]
timers: {offer_ring_seconds: 15}
is_miss_not_responding: true
"""


def the_policy(folder: Path) -> Policy:
    """Return what the text says; what it leaves out is as the policy language has it."""
    path = folder / "the-policy.yaml"
    path.write_text(POLICY)
    return read_policy(Source(path))


def record(day: MadeUpDay, path: Path) -> Path:
    """Write the day as `contact-center record` would."""
    writer = LogWriter(path, About(workspace="main", partition=0, note="a made-up day"))
    partition = Partition(0, decode, lambda key: True)
    for made in day.records:
        value = on_the_wire(made.fact, made.event_id)
        raw = Raw(offset=made.offset, stamp=made.stamp, key=b"main", value=value)
        partition.position = raw.offset - 1
        outcome = partition.take(raw)
        assert isinstance(outcome, Decision)
        number, said = outcome.step.step_number, encode_step(outcome.step)
        writer.write(raw)
        writer.write(Said(step_number=number, cause=raw.offset, value=said))
    writer.close()
    return path
