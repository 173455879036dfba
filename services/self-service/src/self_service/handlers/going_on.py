"""How a flow that has begun goes on, and ends."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from chassis.errors import InvalidMessage, Unavailable
from chassis.sealing import SealedBytes
from self_service import metrics
from self_service.domain.asking import understood
from self_service.domain.flow import Ask, Flow
from self_service.domain.inputs import (
    DeadlinePassed,
    Estimated,
    Identified,
    Input,
    Missed,
    Placed,
    Typed,
    Wrote,
)
from self_service.domain.interpreter import QUEUED, advance
from self_service.domain.state import Awaiting, FlowState
from self_service.domain.telling import was_told
from self_service.handlers.errors import KeyGone, VersionGone
from self_service.handlers.fallback import FALLBACK, Fallback
from self_service.handlers.news import (
    QUEUED_BY_ROUTER,
    ContactOver,
    CustomerRecognised,
    CustomerWrote,
    KeysPressed,
    NothingPressed,
    RequestRejected,
    WaitEstimated,
)
from self_service.handlers.ports import Arrivals, Flows, Opener, Outbox, Place, States
from self_service.handlers.settled import Settled
from self_service.handlers.starting import Starting

BODY = "MessageRecorded.body"
SPARED = frozenset({Awaiting.ESTIMATE, Awaiting.PLACE})
# The flow named something that the policy does not have: another queue helps.
FLOW_AGAINST_POLICY = frozenset({"unknown_queue", "unknown_skill", "invalid_field"})

log = logging.getLogger(__name__)
MakeInput = Callable[[FlowState], Awaitable[Input | None]]


class GoingOn:
    """Takes inputs for contacts in a flow; whatever is not for a running flow changes nothing."""

    def __init__(
        self,
        flows: Flows,
        states: States,
        outbox: Outbox,
        opener: Opener,
        starting: Starting,
        fallback: Fallback,
        settled: Settled,
        arrivals: Arrivals,
    ) -> None:
        self._flows = flows
        self._states = states
        self._outbox = outbox
        self._opener = opener
        self._starting = starting
        self._fallback = fallback
        self._settled = settled
        self._arrivals = arrivals

    async def on_customer_wrote(self, wrote: CustomerWrote, now: datetime) -> None:
        """Take a message as an answer; after the flow, messages are the agent's."""
        contact_id = await self._states.running(
            wrote.workspace, wrote.conversation_id, wrote.contact_id
        )
        if contact_id is None and self._is_settled(wrote.workspace, wrote.contact_id):
            return

        async def read(state: FlowState) -> Input | None:
            # Not after it: the record comes again after a crash.
            if wrote.offset <= state.heard:
                return None
            if _is_overdue(state, now):
                raise Unavailable("the flow is about to ask")
            if state.awaiting is not Awaiting.ANSWER:
                return None
            return Wrote(text=await self._text(wrote.workspace, wrote.body))

        found = contact_id or wrote.contact_id
        place = (wrote.workspace, found)
        await self._take(*place, read, now, heard=wrote.offset, answers=Awaiting.ANSWER)

    async def on_keys_pressed(self, pressed: KeysPressed, now: datetime) -> None:
        async def read(state: FlowState) -> Input | None:
            _require_known(state, pressed.question_id)
            if pressed.question_id != state.question_id:
                return None
            digits = await self._text(pressed.workspace, pressed.body)
            return Typed(digits=digits, question_id=pressed.question_id)

        await self._take(pressed.workspace, pressed.contact_id, read, now)

    async def on_nothing_pressed(self, missed: NothingPressed, now: datetime) -> None:
        async def read(state: FlowState) -> Input | None:
            _require_known(state, missed.question_id)
            return Missed(question_id=missed.question_id)

        await self._take(missed.workspace, missed.contact_id, read, now)

    async def on_customer_recognised(self, recognised: CustomerRecognised, now: datetime) -> None:
        if self._is_settled(recognised.workspace, recognised.contact_id):
            return

        async def read(state: FlowState) -> Input | None:
            is_new = recognised.customer != state.customer
            return Identified(customer=recognised.customer) if is_new else None

        await self._take(recognised.workspace, recognised.contact_id, read, now)

    async def on_wait_estimated(self, estimated: WaitEstimated, now: datetime) -> None:
        """Tell a flow that stayed for it; the others are over."""

        async def read(state: FlowState) -> Input | None:
            if state.awaiting is not Awaiting.ESTIMATE:
                return None
            return Estimated(low_seconds=estimated.low_seconds, high_seconds=estimated.high_seconds)

        if self._is_settled(estimated.workspace, estimated.contact_id):
            return
        # The queue was asked for already: without its key the contact needs no other one.
        place = (estimated.workspace, estimated.contact_id)
        await self._take(*place, read, now, may_fall_back=False, answers=Awaiting.ESTIMATE)

    async def on_deadline(self, workspace: str, contact_id: str, now: datetime) -> None:
        """Act on a deadline, if it is still there and due."""

        async def read(state: FlowState) -> Input | None:
            return DeadlinePassed()

        await self._take(workspace, contact_id, read, now)

    async def on_contact_over(self, over: ContactOver, now: datetime) -> None:
        if self._is_settled(over.workspace, over.contact_id):
            return
        # What the flow asked for is what the router did: it stays to tell how long that takes, or
        # to ask for a callback.
        spared = SPARED if over.outcome == QUEUED_BY_ROUTER else frozenset()
        place = (over.workspace, over.contact_id)
        flow_name = await self._states.close(*place, over.outcome, spared, over.step)
        if flow_name is None and spared:
            await self._have_place(*place, now)
        if flow_name is not None:
            metrics.ENDED.labels(flow_name, over.outcome).inc()
            self._settled.add(*place)

    async def _have_place(self, workspace: str, contact_id: str, now: datetime) -> None:
        """Tell a flow that asked for a place in line to be called back; the others are over."""

        async def read(state: FlowState) -> Input | None:
            return Placed() if state.awaiting is Awaiting.PLACE else None

        place = (workspace, contact_id)
        await self._take(*place, read, now, may_fall_back=False, answers=Awaiting.PLACE)

    async def on_request_rejected(self, rejected: RequestRejected, now: datetime) -> None:
        """Count it; where the flow asked for what the policy does not have, people take over."""
        workspace, contact_id = rejected.workspace, rejected.contact_id
        metrics.REJECTED.labels(rejected.event_type, rejected.because).inc()
        about = {"contact.id": contact_id, "because": rejected.because}
        if rejected.because == "repeated":
            # Asked for before a crash: the step that queued it may have been read already.
            if rejected.event_type == "QueueRequested":
                await self._have_place(workspace, contact_id, now)
            return
        log.warning(f"{rejected.event_type} was refused", extra=about)
        if rejected.event_type == "ContactArrived":
            self._starting.note_refusal(workspace, contact_id)
            await self.on_contact_over(
                ContactOver(workspace=workspace, contact_id=contact_id, outcome="rejected"), now
            )
        elif rejected.because in FLOW_AGAINST_POLICY and rejected.event_type == "QueueRequested":
            run = max(0, self._settled.last_run(workspace, contact_id))
            if rejected.event_id in self._fallback_requests(workspace, contact_id, run):
                log.error("the fallback queue was refused too", extra=about)
                metrics.STRANDED.labels(rejected.because).inc()
                return
            await self._fallback.take(workspace, contact_id, rejected.because, run)

    def _fallback_requests(self, workspace: str, contact_id: str, run: int) -> set[str]:
        """After a restart it is not known which flow it was: it is asked for as the first's."""
        return {self._fallback.request_id(workspace, contact_id, each) for each in (0, run)}

    async def _take(
        self,
        workspace: str,
        contact_id: str,
        read: MakeInput,
        now: datetime,
        heard: int = -1,
        may_fall_back: bool = True,
        answers: Awaiting | None = None,
    ) -> None:
        """Let one input move the flow on; tell what it says, then save, all or nothing.

        `answers` what, where the input is read from another topic than arrivals.
        """
        if not contact_id:
            return
        try:
            after = await self._take_held(workspace, contact_id, read, now, heard, answers)
        except (KeyGone, VersionGone) as error:
            if may_fall_back:
                await self._fallback.take(workspace, contact_id, type(error).__name__)
            outcome = FALLBACK if may_fall_back else QUEUED
            over = ContactOver(workspace=workspace, contact_id=contact_id, outcome=outcome)
            await self.on_contact_over(over, now)
            return
        if after is not None and after.is_over:
            metrics.ENDED.labels(after.flow_name, after.outcome).inc()
            self._settled.add(workspace, contact_id, after.run)

    async def _take_held(
        self,
        workspace: str,
        contact_id: str,
        read: MakeInput,
        now: datetime,
        heard: int,
        answers: Awaiting | None,
    ) -> FlowState | None:
        async with self._states.hold(workspace, contact_id) as place:
            before = place.state
            if answers and not _is_there(before, answers) and self._arrivals.are_behind():
                # Told before a crash, answered, and not gone on again yet: the answer must wait.
                raise Unavailable("arrivals are read again")
            if before is None or before.is_over:
                return None
            if before.awaiting is Awaiting.POLICY:
                await self._starting.try_again(place, now)
                return None
            return await self._move(place, before, read, now, heard)

    async def _move(
        self, place: Place, before: FlowState, read: MakeInput, now: datetime, heard: int
    ) -> FlowState:
        event = await read(before)
        if event is None:
            return before
        flow = await self._flows.of_version(before.flow_version)
        after, effects = advance(flow, before, event, now)
        after = replace(after, heard=max(before.heard, heard))
        if after != before:
            _count_answer(flow, before, after, event)
            await self._outbox.publish(after.contact, after.flow_name, effects)
            await place.save(after)
        return after

    async def _text(self, workspace: str, sealed: SealedBytes) -> str:
        try:
            return await self._opener.text(workspace, BODY, sealed)
        except KeyGone as error:
            raise InvalidMessage(str(error)) from error

    def _is_settled(self, workspace: str, contact_id: str) -> bool:
        return (workspace, contact_id) in self._settled


def _is_there(state: FlowState | None, awaiting: Awaiting) -> bool:
    """Whether the flow awaits it, or nothing any more."""
    return state is not None and (state.is_over or state.awaiting is awaiting)


def _is_overdue(state: FlowState, now: datetime) -> bool:
    """Whether the flow waits for crm no longer: it may have asked, and a crash left it unsaved."""
    is_waiting = state.awaiting is Awaiting.CUSTOMER
    return is_waiting and state.deadline_at is not None and now >= state.deadline_at


def _require_known(state: FlowState, question_id: str) -> None:
    """Let the answer wait for a question that a crash left unsaved; crm's time bounds it."""
    is_waiting = state.awaiting is Awaiting.CUSTOMER
    if is_waiting and question_id and not was_told(state, question_id):
        raise Unavailable("the question is asked again")


def _count_answer(flow: Flow, before: FlowState, after: FlowState, event: Input) -> None:
    was_asked = before.question_id and after.question_id != before.question_id
    if not was_asked:
        return
    question = flow.step(before.step)
    assert isinstance(question, Ask)
    if isinstance(event, (Wrote, Typed)):
        outcome = "understood" if understood(question, event) else "no_match"
    else:
        outcome = "no_input"
    metrics.ANSWERS.labels(before.flow_name, before.step, outcome).inc()
