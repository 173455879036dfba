"""The topic folded with lists and dicts, without the service's code."""

import asyncio
from collections import Counter, defaultdict

from chassis.kafka import FollowConsumer, FromStart
from chassis.testing import running
from contact_center.v1 import analytics_service_pb2 as pb
from contact_center.v1 import routing_events_pb2 as r


class Independent:
    """Folds the topic with lists and dicts, without the service's code."""

    def __init__(self, workspace: str) -> None:
        self.workspace = workspace
        self.last = 0
        self.now = 0
        self.visits, self.waits, self.exits = {}, defaultdict(list), Counter()
        self.legs, self.handle_ms = {}, []
        self.arrived, self.ended = Counter(), Counter()
        self.promises, self.kept = {}, Counter()

    async def read(self, record) -> None:
        step = r.RoutingStep.FromString(record.value)
        if step.workspace != self.workspace or step.step_number <= self.last:
            return
        self.last = step.step_number
        self.now = max(self.now, step.stamped_at.ToMilliseconds())
        for decision in step.decisions:
            kind = decision.WhichOneof("decision")
            getattr(self, kind, lambda d: None)(getattr(decision, kind))

    def contact_opened(self, d) -> None:
        self.arrived[d.channel] += 1

    def contact_ended(self, d) -> None:
        self.ended[d.channel] += 1
        if d.contact_id in self.legs:
            self.handle_ms.append(self.now - self.legs.pop(d.contact_id))

    def contact_connected(self, d) -> None:
        self.legs[d.contact_id] = self.now

    def visit_opened(self, d) -> None:
        self.visits[d.visit_id] = self.now

    def visit_ended(self, d) -> None:
        name = r.VisitExit.Name(d.exit).removeprefix("VISIT_EXIT_").lower()
        self.exits[name] += 1
        wait = self.now - self.visits.pop(d.visit_id)
        self.waits[name].append(wait)
        if d.visit_id in self.promises:
            low, high = self.promises[d.visit_id]
            late = wait > high * 1000
            if name == "answered":
                self.kept["later" if late else "sooner" if wait < low * 1000 else "in_range"] += 1
            else:
                self.kept["left_later" if late else "left"] += 1

    def wait_estimated(self, d) -> None:
        self.promises[d.visit_id] = (d.low_seconds, d.high_seconds)

    def check(self, numbers: pb.WorkspaceNumbers, target: int, short: int) -> None:
        assert numbers.step_number == self.last
        assert numbers.stamped_at.ToMilliseconds() == self.now
        queue = next(q for q in numbers.queues if q.channel == 0)
        entered = sum(self.exits.values()) + len(self.visits)
        in_time = sum(w <= target * 1000 for w in self.waits["answered"])
        shorts = sum(w <= short * 1000 for w in self.waits["abandoned"])
        undecided = sum(self.now - at <= target * 1000 for at in self.visits.values())
        answered = sorted(self.waits["answered"])
        assert (queue.entered, queue.waiting) == (entered, len(self.visits))
        assert dict(queue.exits) == dict(self.exits)
        assert queue.service_level.cohort == entered - shorts
        assert queue.service_level.lower == in_time / (entered - shorts)
        assert queue.service_level.upper == (in_time + undecided) / (entered - shorts)
        assert queue.asa_seconds == sum(answered) / len(answered) / 1000
        median = answered[-(-len(answered) // 2) - 1] / 1000
        assert median <= queue.asa_median_seconds < median + 1
        assert queue.wait_estimates.told == len(self.promises)
        assert dict(queue.wait_estimates.outcomes) == dict(self.kept)
        assert len(self.kept) >= 4
        missed = self.kept["sooner"] + self.kept["later"]
        share = self.kept["in_range"] / (self.kept["in_range"] + missed)
        assert queue.wait_estimates.coverage == share
        assert queue.handled == len(self.handle_ms)
        assert queue.aht_seconds == sum(self.handle_ms) / len(self.handle_ms) / 1000
        oldest = min(self.visits.values(), default=self.now)
        assert queue.longest_wait_seconds == (self.now - oldest) / 1000
        for channel in numbers.channels:
            assert channel.arrived == self.arrived[channel.channel]
            assert channel.open == channel.arrived - self.ended[channel.channel]


async def fold_of_the_topic(settings, workspace: str) -> Independent:
    fold = Independent(workspace)
    reader = FollowConsumer(settings, ["routing-events.v1"], _valid(fold.read), FromStart())
    async with running(reader):
        await asyncio.wait_for(reader.caught_up(), 30)
    return fold


def _valid(read):
    async def handle(record):
        if not record.value.startswith(b"\xff"):
            await read(record)

    return handle
