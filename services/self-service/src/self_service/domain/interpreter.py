"""How a flow goes on: state and input in, the next state and what it tells others out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from self_service.domain import asking, calling_back, telling, waiting
from self_service.domain.effects import CloseChannel, Effect, Finish, RequestQueue
from self_service.domain.flow import Ask, Branch, Callback, Case, End, Flow, Queue, Say, Set
from self_service.domain.inputs import DeadlinePassed, Estimated, Identified, Input, Placed
from self_service.domain.state import Awaiting, Contact, Customer, FlowState, Recognition
from self_service.domain.telling import Change, effect_id, rendered, values_of
from self_service.domain.templates import render

QUEUED = waiting.QUEUED


def start(
    flow: Flow,
    version: str,
    contact: Contact,
    now: datetime,
    customer: Customer | None = None,
    run: int = 0,
) -> Change:
    """Begin at the first step and go on until the flow waits or is over."""
    state = FlowState(contact=contact, flow_name=flow.name, flow_version=version, step=flow.first)
    state = replace(state, customer=customer or Customer(), run=run)
    return _run(flow, state, now)


def advance(flow: Flow, state: FlowState, event: Input, now: datetime) -> Change:
    """Take an input; what the flow does not wait for changes nothing.

    The customer's recognition is remembered whenever it comes.
    """
    if state.is_over:
        return state, ()
    if isinstance(event, Identified):
        state = replace(state, customer=event.customer)
        if state.awaiting is not Awaiting.CUSTOMER:
            return state, ()
        return _run(flow, replace(state, awaiting=Awaiting.NOTHING, deadline_at=None), now)
    if state.awaiting is Awaiting.ESTIMATE:
        return waiting.go_on(flow, state, event, now)
    if state.awaiting is Awaiting.PLACE:
        return calling_back.go_on(flow, state, event, now)
    if isinstance(event, DeadlinePassed):
        if state.deadline_at is None or now < state.deadline_at:
            return state, ()
        if state.awaiting is Awaiting.CUSTOMER:
            return _run(flow, replace(state, awaiting=Awaiting.NOTHING, deadline_at=None), now)
    if state.awaiting is not Awaiting.ANSWER or isinstance(event, Estimated | Placed):
        return state, ()
    question = flow.step(state.step)
    assert isinstance(question, Ask)
    state, told = asking.answer(flow, question, state, event, now)
    state, more = _run(flow, state, now)
    return state, (*told, *more)


def _run(flow: Flow, state: FlowState, now: datetime) -> Change:
    """Go from step to step. A loop always meets a question, so this ends."""
    effects: tuple[Effect, ...] = ()
    while state.awaiting is Awaiting.NOTHING:
        step = flow.step(state.step)
        state, caused = STEPS[type(step)](flow, step, state, now)
        effects += caused
    return state, effects


def _say(flow: Flow, step: Say, state: FlowState, now: datetime) -> Change:
    text = rendered(flow, state, step.text)
    state, effects = telling.say(state, text, is_interruptible=step.is_interruptible)
    return state.go_to(step.next), effects


def _branch(flow: Flow, step: Branch, state: FlowState, now: datetime) -> Change:
    if _must_wait(step, state):
        return _wait(step, state, now), ()
    values = values_of(flow, state)
    chosen = next((case for case in step.cases if _holds(case, values)), None)
    return state.go_to(chosen.next if chosen else step.otherwise), ()


def _holds(case: Case, values: dict[str, str]) -> bool:
    return all(values.get(c.name, "") in c.values for c in case.conditions)


def _set(flow: Flow, step: Set, state: FlowState, now: datetime) -> Change:
    for setting in step.variables:
        value = render(setting.template, values_of(flow, state))
        state = replace(state, variables={**state.variables, setting.name: value})
    state = telling.with_attributes(flow, state, step.attributes)
    return state.go_to(step.next), ()


def _queue(flow: Flow, step: Queue, state: FlowState, now: datetime) -> Change:
    told: tuple[Effect, ...] = ()
    if state.tries == 0:
        text = rendered(flow, state, step.while_waiting)
        state, told = telling.say(state, text, is_notice=True)
        if _must_wait(step, state):
            return _wait(step, state, now), told
    state = telling.with_attributes(flow, state, step.attributes)
    request = RequestQueue(
        effect_id=effect_id(state),
        queue=step.queue,
        priority=step.priority,
        skills=step.skills,
        attributes=telling.attributes_of(state),
        is_customer_unknown=state.customer.recognition is Recognition.UNKNOWN,
    )
    state = replace(state, counter=state.counter + 1)
    state, music = telling.play_music(state)
    state = waiting.leave_to_router(flow, step, state, now)
    return state, (*told, request, *music)


def _must_wait(step: Branch | Queue, state: FlowState) -> bool:
    is_unknown = state.customer.recognition is Recognition.UNKNOWN
    return is_unknown and state.tries == 0 and step.identify_within_seconds > 0


def _wait(step: Branch | Queue, state: FlowState, now: datetime) -> FlowState:
    deadline_at = now + timedelta(seconds=step.identify_within_seconds)
    return replace(state, awaiting=Awaiting.CUSTOMER, tries=1, deadline_at=deadline_at)


def _end(flow: Flow, step: End, state: FlowState, now: datetime) -> Change:
    finished = Finish(effect_id=effect_id(state), outcome=step.outcome)
    state = replace(state, counter=state.counter + 1)
    closed = CloseChannel(effect_id=effect_id(state))
    state = replace(state, counter=state.counter + 1)
    return state.close(step.outcome), (finished, closed)


STEPS: dict[type, Callable[[Flow, Any, FlowState, datetime], Change]] = {
    Say: _say,
    Ask: asking.ask,
    Branch: _branch,
    Set: _set,
    Queue: _queue,
    Callback: calling_back.call_back,
    End: _end,
}
