"""Calls in the states that tests begin with."""

from dataclasses import replace

from ingest_voice.domain.call import (
    AgentLeg,
    Call,
    Change,
)
from ingest_voice.domain.effects import (
    Effect,
    Question,
    Tell,
    Utterance,
)
from ingest_voice.domain.facts import (
    Fact,
)
from ingest_voice.domain.joining import (
    agent_answered,
    connect,
)
from ingest_voice.domain.speech import prompt_finished, say

LEG = AgentLeg(leg_key="l1", offer_id="o1", agent_id="ana")
MENU = Question(max_digits=1, terminator="", timeout_seconds=5, digit_timeout_seconds=2)
NUMBER = Question(max_digits=8, terminator="#", timeout_seconds=5, digit_timeout_seconds=2)


def a_call(**changes: object) -> Call:
    return replace(Call(call_key="k", contact_id="c1"), **changes)  # type: ignore[arg-type]


def asked(question: Question, message_id: str = "m1") -> Call:
    """A call whose question was played to its end."""
    call, _ = say(a_call(), Utterance(message_id=message_id, text="?", question=question))
    call, _ = prompt_finished(call, message_id, is_interrupted=False)
    return call


def joined() -> Call:
    call, _ = connect(a_call(), LEG, "sip:ana@h", 30)
    call, _ = agent_answered(call, "l1")
    return call


def told(change: Change) -> list[Fact]:
    return [effect.fact for effect in change[1] if isinstance(effect, Tell)]


def kinds(effects: tuple[Effect, ...]) -> list[type]:
    return [type(effect) for effect in effects]
