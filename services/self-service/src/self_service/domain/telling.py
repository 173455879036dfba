"""What is told to the customer, by voice or in writing."""

from dataclasses import replace

from self_service.domain.channels import SILENT, Mode
from self_service.domain.effects import Effect, PlayMusic, Speak, Write, derived_id, of_run
from self_service.domain.flow import Flow, Setting, Text
from self_service.domain.state import FlowState
from self_service.domain.templates import render

# A text may hold what customers typed, more than once; a record has a limit.
MAX_TOLD = 4000

Change = tuple[FlowState, tuple[Effect, ...]]


def say(
    state: FlowState, text: str, *, is_notice: bool = False, is_interruptible: bool = True
) -> Change:
    """Tell a text; an empty one, or one on a channel that cannot talk, is not told."""
    if not text or state.contact.channel in SILENT:
        return state, ()
    told: Effect
    if state.contact.mode is Mode.VOICE:
        told = Speak(effect_id=effect_id(state), text=text, is_interruptible=is_interruptible)
    else:
        told = Write(effect_id=effect_id(state), text=text, is_notice=is_notice)
    return counted(state), (told,)


def play_music(state: FlowState) -> Change:
    """Let a caller hear that the line is not dead."""
    if state.contact.mode is not Mode.VOICE:
        return state, ()
    return counted(state), (PlayMusic(effect_id=effect_id(state)),)


def effect_id(state: FlowState) -> str:
    """Return the id of the next effect; count the state on when it is used."""
    what = of_run(state.counter, state.run)
    return derived_id(state.contact.workspace, state.contact.contact_id, what)


def was_told(state: FlowState, told_id: str) -> bool:
    """Return whether the id is that of an effect before the next."""
    earlier = (replace(state, counter=number) for number in range(state.counter))
    return any(effect_id(each) == told_id for each in earlier)


def counted(state: FlowState) -> FlowState:
    return replace(state, counter=state.counter + 1)


def languages_of(flow: Flow, state: FlowState) -> tuple[str, ...]:
    """Return the customer's language, if the flow speaks it, then the flow's first."""
    chosen = state.variables.get("language", "")
    first = flow.languages[0]
    return (chosen, first) if chosen in flow.languages and chosen != first else (first,)


def values_of(flow: Flow, state: FlowState) -> dict[str, str]:
    """Return every variable as text."""
    return {
        **state.variables,
        "language": languages_of(flow, state)[0],
        "channel": state.contact.channel.value,
        "entry_point": state.contact.entry_point,
        "address": state.contact.address,
        "caller_number": "known" if state.contact.has_number else "unknown",
        "customer": state.customer.recognition.value,
        "tier": state.customer.tier,
        "contact_count": str(state.customer.contact_count),
    }


def rendered(flow: Flow, state: FlowState, text: Text) -> str:
    """Return the text for this customer, '' when there is none for this channel."""
    template = text.template(state.contact.mode, languages_of(flow, state))
    return render(template, values_of(flow, state))[:MAX_TOLD]


def with_attributes(flow: Flow, state: FlowState, settings: tuple[Setting, ...]) -> FlowState:
    """Set attributes of the contact, for the router; the later value counts."""
    values = values_of(flow, state)
    given = {
        setting.name: replace(setting, template=render(setting.template, values))
        for setting in settings
    }
    kept = {attribute.name: attribute for attribute in state.attributes}
    return replace(state, attributes=tuple({**kept, **given}.values()))


def attributes_of(state: FlowState) -> tuple[Setting, ...]:
    """Return the attributes that have a value."""
    return tuple(attribute for attribute in state.attributes if attribute.template)
