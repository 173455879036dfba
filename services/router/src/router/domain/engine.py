"""The engine: one record in, one step out."""

from router.domain.deadlines import fire
from router.domain.ending_consults import end_parted
from router.domain.matching import settle
from router.domain.reasons import Because, Refused
from router.domain.record import Record, Step
from router.domain.steering_decisions import RecordRejected
from router.domain.taking import HANDLERS, NEEDS_NO_POLICY
from router.domain.timers import Timer
from router.domain.workspace import Workspace


class Engine:
    """The routing of one workspace: same records, same steps, byte for byte."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def apply(self, record: Record) -> Step:
        """Fire what is due, in order, then apply the record; every record makes one step."""
        ws = self.workspace
        ws.begin_step()
        stamp, clock, timers = record.stamp, ws.clock, ws.timers
        if not clock.keeps_up(stamp):
            clock.move(stamp, timers.next_due() is not None)
        engine_time = clock.now
        while (timer := timers.pop_due(engine_time)) is not None:
            self._fire(timer)
            self._fire_due(ws.now)
            settle(ws)
        ws.due_at, ws.now = None, engine_time
        if ws.dates:
            self._keep_dates(stamp)
        self._take(record)
        if ws.parted:
            end_parted(ws)
        while (timer := timers.pop_due(engine_time)) is not None:
            self._fire(timer)
        ws.due_at = None
        settle(ws)
        timers.compact(ws.deadlines, len(ws.contacts) + len(ws.offers) + len(ws.agents))
        return Step(
            workspace=ws.name,
            step_number=ws.step_number,
            partition=record.partition,
            offset=record.offset,
            event_id=record.event_id,
            event_type=record.event_type,
            stamped_at=stamp,
            engine_time=engine_time,
            engine_version=ws.engine_version,
            policy_version=0 if ws.policy is None else ws.policy.version,
            decisions=tuple(ws.decided),
        )

    def next_due(self) -> int | None:
        """Return the engine time of the earliest timer, if any is pending."""
        return self.workspace.timers.next_due()

    def _fire_due(self, now: int) -> None:
        """Fire what else is due at this instant, before anybody is brought together."""
        while (timer := self.workspace.timers.pop_due(now)) is not None:
            self._fire(timer)

    def _keep_dates(self, stamp: int) -> None:
        """Fire what is due by the log's own clock, which engine time may lag behind."""
        ws = self.workspace
        while (date := ws.dates.pop_due(stamp)) is not None:
            ws.due_at = ws.now
            fire(ws, date)
            settle(ws)
        ws.due_at = None

    def _fire(self, timer: Timer) -> None:
        ws = self.workspace
        ws.now = ws.due_at = timer.due
        fire(ws, timer)
        end_parted(ws)

    def _take(self, record: Record) -> None:
        ws, kind = self.workspace, type(record.fact)
        try:
            if ws.policy is None and kind not in NEEDS_NO_POLICY:
                raise Refused(Because.NO_POLICY, "no policy is active yet")
            HANDLERS[kind](ws, record.fact)
        except Refused as refused:
            ws.say(
                RecordRejected(
                    because=refused.because,
                    detail=refused.detail,
                    contact_id=refused.contact_id,
                    agent_id=refused.agent_id,
                    offer_id=refused.offer_id,
                )
            )
