"""After the queue is asked for: the flow stays a moment, to tell how long the wait will be."""

from dataclasses import replace
from datetime import datetime, timedelta

from self_service.domain import telling
from self_service.domain.flow import Flow, Queue
from self_service.domain.inputs import Estimated, Input
from self_service.domain.state import Awaiting, FlowState
from self_service.domain.telling import Change, languages_of, rendered
from self_service.domain.wait_phrases import WAIT, wait_phrase

QUEUED = "queued"
# The router estimates when the visit begins, or not at all; what comes later is not true any more.
ESTIMATE_SECONDS = 30.0


def leave_to_router(flow: Flow, step: Queue, state: FlowState, now: datetime) -> FlowState:
    """Return the state after the request: over, or waiting for what the customer can be told."""
    if not step.expected_wait.template(state.contact.mode, languages_of(flow, state)):
        return state.close(QUEUED)
    deadline_at = now + timedelta(seconds=ESTIMATE_SECONDS)
    return replace(state, awaiting=Awaiting.ESTIMATE, deadline_at=deadline_at)


def go_on(flow: Flow, state: FlowState, event: Input, now: datetime) -> Change:
    """Tell the range once, in the customer's language; then, or when it is late, it is over."""
    is_late = state.deadline_at is None or now >= state.deadline_at
    if isinstance(event, Estimated) and not is_late:
        state, effects = _tell(flow, state, event)
        return state.close(QUEUED), effects
    return (state.close(QUEUED) if is_late else state), ()


def _tell(flow: Flow, state: FlowState, event: Estimated) -> Change:
    step = flow.step(state.step)
    assert isinstance(step, Queue)
    language = languages_of(flow, state)[0]
    phrase = wait_phrase(language, event.low_seconds, event.high_seconds)
    known = replace(state, variables={**state.variables, WAIT: phrase})
    return telling.say(state, rendered(flow, known, step.expected_wait), is_notice=True)
