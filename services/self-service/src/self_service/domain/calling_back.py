"""A customer who would rather be called: the place in line first, then the word for it."""

from dataclasses import replace
from datetime import datetime, timedelta

from self_service.domain import telling
from self_service.domain.effects import RequestCallback, RequestQueue
from self_service.domain.flow import Callback, Flow
from self_service.domain.inputs import Input, Placed
from self_service.domain.phone_numbers import e164
from self_service.domain.reading_callback import is_delay
from self_service.domain.state import Awaiting, FlowState, Recognition
from self_service.domain.telling import Change, effect_id, rendered, values_of
from self_service.domain.templates import render
from self_service.domain.waiting import QUEUED

CALLBACK = "callback"
# Should the router be away for longer, the customer waits in the queue like the others.
PLACE_SECONDS = 300.0


def call_back(flow: Flow, step: Callback, state: FlowState, now: datetime) -> Change:
    """Ask for a place in line, unless nobody could be called, or not then."""
    if _number(flow, step, state) is None or not _is_time(flow, step, state):
        return state.go_to(step.otherwise), ()
    state = telling.with_attributes(flow, state, step.attributes)
    request = RequestQueue(
        effect_id=effect_id(state),
        queue=step.queue,
        priority=step.priority,
        skills=step.skills,
        attributes=telling.attributes_of(state),
        is_customer_unknown=state.customer.recognition is Recognition.UNKNOWN,
    )
    deadline_at = now + timedelta(seconds=PLACE_SECONDS)
    state = replace(telling.counted(state), awaiting=Awaiting.PLACE, deadline_at=deadline_at)
    return state, (request,)


def go_on(flow: Flow, state: FlowState, event: Input, now: datetime) -> Change:
    """Say good bye and ask for the callback once the place is there."""
    if not isinstance(event, Placed):
        is_late = state.deadline_at is None or now >= state.deadline_at
        return (state.close(QUEUED) if is_late else state), ()
    step = flow.step(state.step)
    assert isinstance(step, Callback)
    number = _number(flow, step, state) or ""
    minutes = render(step.in_minutes, values_of(flow, state))
    at = now + timedelta(minutes=int(minutes)) if minutes else None
    text = rendered(flow, state, step.goodbye)
    state, told = telling.say(state, text, is_notice=True, is_interruptible=False)
    request = RequestCallback(effect_id=effect_id(state), number=number, at=at)
    return telling.counted(state).close(CALLBACK), (*told, request)


def _number(flow: Flow, step: Callback, state: FlowState) -> str | None:
    """Return what was typed in E.164, '' for where the customer came from, None without any."""
    if step.number:
        return e164(render(step.number, values_of(flow, state)), step.country) or None
    return "" if state.contact.has_number else None


def _is_time(flow: Flow, step: Callback, state: FlowState) -> bool:
    return not step.in_minutes or is_delay(render(step.in_minutes, values_of(flow, state)))
