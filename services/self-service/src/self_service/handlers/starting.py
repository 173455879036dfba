"""How a contact's flow begins."""

import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

from self_service import metrics
from self_service.domain.effects import Effect
from self_service.domain.interpreter import QUEUED, start
from self_service.domain.state import Awaiting, FlowState
from self_service.handlers.errors import KeyGone
from self_service.handlers.fallback import FALLBACK, Fallback
from self_service.handlers.news import FlowDue
from self_service.handlers.ports import Flows, FlowVersion, Outbox, Place, Policies, States
from self_service.handlers.settled import Settled

# The policy may reach the channel a moment before it reaches us.
POLICY_SECONDS = 1.0
POLICY_TRIES = 5
SENT_TO_FLOW = "sent_to_flow"

log = logging.getLogger(__name__)


class Starting:
    """Begins flows. A flow that is over at once leaves no state: its ids say it is a repeat."""

    def __init__(
        self,
        flows: Flows,
        policies: Policies,
        states: States,
        outbox: Outbox,
        fallback: Fallback,
        settled: Settled,
    ) -> None:
        self._flows = flows
        self._policies = policies
        self._states = states
        self._outbox = outbox
        self._fallback = fallback
        self._settled = settled
        self._refused = Settled()

    def note_refusal(self, workspace: str, contact_id: str) -> None:
        """The router refused the contact; it may say so before we look at the arrival."""
        self._refused.add(workspace, contact_id)

    async def begin(self, due: FlowDue, now: datetime) -> None:
        """Start the flow of a contact, unless it has begun."""
        if self._settled.last_run(due.workspace, due.contact_id) >= due.run:
            metrics.REPEATED.inc()
            return
        if due.run:
            due = await self._after_earlier(due)
        due = self._with_entry_point(due)
        contact, name = due.contact, due.flow_name
        if not name:
            await self._wait_for_policy(due, now)
            return
        begun = self._flow_for(due, name)
        if begun is None:
            await self._fall_back(due, "flow_missing")
            return
        state, effects = start(begun.flow, begun.version, contact, now, due.customer, due.run)
        state = replace(state, heard=due.heard)
        try:
            if state.is_over:
                await self._run_through(due, begun, state, effects)
            else:
                await self._begin_to_wait(due, begun, state, effects, now)
        except KeyGone:
            await self._fall_back(due, "key_gone")

    async def try_again(self, place: Place, now: datetime) -> None:
        """Look once more whether the policy knows the entry point of a contact that waits."""
        waiting = place.state
        if waiting is None or waiting.awaiting is not Awaiting.POLICY or not _is_due(waiting, now):
            return
        due = self._with_entry_point(
            FlowDue(contact=waiting.contact, heard=waiting.heard, customer=waiting.customer)
        )
        contact, name = due.contact, due.flow_name
        begun = self._flow_for(due, name) if name else None
        if not name and waiting.tries < POLICY_TRIES:
            later = now + timedelta(seconds=POLICY_SECONDS)
            await place.save(replace(waiting, tries=waiting.tries + 1, deadline_at=later))
            return
        if begun is None:
            reason = "flow_missing" if name else "entry_point_unknown"
            await self._fallback.take(contact.workspace, contact.contact_id, reason)
            await place.save(waiting.close(FALLBACK))
            return
        state, effects = start(begun.flow, begun.version, contact, now, due.customer)
        await self._outbox.publish(contact, begun.flow.name, effects)
        await place.save(replace(state, heard=due.heard), begun)
        _count_start(state)

    def _with_entry_point(self, due: FlowDue) -> FlowDue:
        """What the policy says of where the contact came in; no flow's name: it knows nothing."""
        contact = due.contact
        entry = self._policies.entry_point(contact.workspace, contact.entry_point)
        if entry is None:
            return due
        return replace(
            due,
            contact=replace(contact, address=entry.address),
            flow_name=due.flow_name or entry.flow,
        )

    def _flow_for(self, due: FlowDue, name: str) -> FlowVersion | None:
        begun = self._flows.current(name)
        channel = due.contact.channel
        if begun is None or channel not in begun.flow.channels:
            why = "is missing or was never right" if begun is None else "does not serve the channel"
            log.error(f"the flow {why}", extra={"flow": name, "channel": channel.value})
            return None
        return begun

    async def _run_through(
        self, due: FlowDue, begun: FlowVersion, state: FlowState, effects: tuple[Effect, ...]
    ) -> None:
        await self._outbox.publish(due.contact, begun.flow.name, effects)
        self._settled.add(due.workspace, due.contact_id, due.run)
        _count_start(state)
        if state.outcome == QUEUED and due.written_at:
            metrics.REQUEST_SECONDS.observe(max(0.0, time.time() - due.written_at))

    async def _begin_to_wait(
        self,
        due: FlowDue,
        begun: FlowVersion,
        state: FlowState,
        effects: tuple[Effect, ...],
        now: datetime,
    ) -> None:
        # Not while the place is held: fetching a key takes another service's time.
        if effects:
            await self._outbox.get_ready(due.contact)
        async with self._states.hold(due.workspace, due.contact_id) as place:
            before = place.state
            is_repeat = before is not None and before.run >= due.run
            if before is not None:
                state = replace(state, heard=max(before.heard, state.heard))
            if not is_repeat:
                await place.save(state, begun)
        # Told after it is saved: an answer, whoever reads it, finds the flow that asked.
        if before is not None and is_repeat:
            metrics.REPEATED.inc()
            await self._tell_again(due, before, now)
            return
        self._settled.discard(due.workspace, due.contact_id)
        await self._outbox.publish(due.contact, begun.flow.name, effects)
        _count_start(state)

    async def _tell_again(self, due: FlowDue, before: FlowState, now: datetime) -> None:
        """What the flow said at its start, under the same ids: a crash may have cut it off."""
        version = before.flow_version
        if before.run != due.run or not version:
            return
        flow = await self._flows.of_version(version)
        _, effects = start(flow, version, before.contact, now, due.customer, due.run)
        await self._outbox.publish(before.contact, flow.name, effects)

    async def _wait_for_policy(self, due: FlowDue, now: datetime) -> None:
        log.warning("entry point unknown so far", extra={"contact.id": due.contact_id})
        async with self._states.hold(due.workspace, due.contact_id) as place:
            if (due.workspace, due.contact_id) in self._refused:
                return
            if place.state is not None:
                metrics.REPEATED.inc()
                return
            waiting = FlowState(
                contact=due.contact,
                flow_name="",
                flow_version="",
                step="",
                awaiting=Awaiting.POLICY,
                deadline_at=now + timedelta(seconds=POLICY_SECONDS),
                heard=due.heard,
            )
            await place.save(waiting)

    async def _after_earlier(self, due: FlowDue) -> FlowDue:
        """What the flow before still waited for is of no use; where to call the customer is."""
        place = (due.workspace, due.contact_id)
        flow_name = await self._states.close(*place, SENT_TO_FLOW, step=due.run)
        if flow_name is not None:
            metrics.ENDED.labels(flow_name, SENT_TO_FLOW).inc()
        async with self._states.hold(*place) as held:
            has_number = held.state is not None and held.state.contact.has_number
        return replace(due, contact=replace(due.contact, has_number=has_number))

    async def _fall_back(self, due: FlowDue, reason: str) -> None:
        if await self._fallback.take(due.workspace, due.contact_id, reason, due.run):
            self._settled.add(due.workspace, due.contact_id, due.run)


def _is_due(state: FlowState, now: datetime) -> bool:
    return state.deadline_at is not None and now >= state.deadline_at


def _count_start(state: FlowState) -> None:
    metrics.STARTED.labels(state.flow_name, state.contact.channel.value).inc()
    if state.is_over:
        metrics.ENDED.labels(state.flow_name, state.outcome).inc()
