"""What people do when a stage begins: what they did that day, or what others did."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from router.domain.agent_facts import OfferAccepted, OfferDelivered
from router.domain.contact_facts import AgentConnected, CustomerLeft
from router.domain.record import Fact
from router.domain.workspace import Workspace
from router.simulation.behaviour import Examples, answered_after, example_words, is_whole
from router.simulation.day import Day, Seen, Word
from router.simulation.stages import OFFER_KINDS, Kind, Stage, Stages


@dataclass(frozen=True, slots=True)
class Due:
    """What will be said, for a stage or by itself: a word of the log, or a fact made up."""

    stage: Stage | None
    word: Word | None = None
    fact: Fact | None = None
    is_drawn: bool = False
    """The log does not have it for this stage."""


class People:
    """Customers and agents of one simulation."""

    def __init__(self, day: Day, examples: Examples, stages: Stages, ws: Workspace) -> None:
        self._day, self._examples, self._stages, self._ws = day, examples, stages, ws

    def react(self, stage: Stage, began: int) -> Iterator[tuple[int, Due]]:
        """Yield what will be said because the stage began, and when.

        What was cut short that day goes on as another of its kind did that lasted longer. With
        nobody on the line (a callback that is due later, a task) nobody asks or leaves.
        """
        seen = self._day.seen.get(stage)
        if seen is not None:
            for word in seen.words:
                yield began + word.at - seen.began, Due(stage, word)
            if is_whole(stage, seen):
                return
        lasted = -1 if seen is None else self._ended(seen) - seen.began
        place = self._stages.place(stage.contact)
        if stage.kind in (Kind.FLOW, Kind.WAIT) and not place.is_customer:
            return
        if stage.kind is Kind.WAIT:
            yield from self._lose_patience(stage, began, max(lasted, 0))
            return
        example = self._examples.draw(stage, place, lasted)
        if example is None:
            yield from self._answer_at_once(stage, began + max(lasted, 0) + 1)
            return
        length = answered_after(example)
        late = 0 if math.isinf(length) else max(0, lasted + 1 - round(length))
        for word in example_words(example):
            delay = word.at - example.began + late
            if delay > lasted:
                yield began + delay, Due(stage, word, is_drawn=True)

    def _ended(self, seen: Seen) -> int:
        return self._day.end if seen.ended is None else seen.ended

    def _lose_patience(self, stage: Stage, began: int, waited: int) -> Iterator[tuple[int, Due]]:
        place = self._stages.place(stage.contact)
        length = self._examples.patience(stage, place, waited)
        if length is not None:
            fact = CustomerLeft(contact_id=self._stages.id_of(stage.contact))
            yield began + length, Due(stage, fact=fact, is_drawn=True)

    def _answer_at_once(self, stage: Stage, at: int) -> Iterator[tuple[int, Due]]:
        """Nobody answered anything like it that day: then it is answered without delay."""
        agent = self._ws.agents.get(stage.agent)
        if agent is None or stage.kind not in OFFER_KINDS:
            return
        offer_id = self._stages.offer_id_of(stage)
        fact: Fact
        if stage.kind is Kind.CONNECTING:
            contact_id = self._stages.id_of(stage.contact)
            fact = AgentConnected(contact_id=contact_id, offer_id=offer_id, agent_id=agent.agent_id)
        else:
            say = OfferDelivered if stage.kind is Kind.MADE else OfferAccepted
            fact = say(
                agent_id=agent.agent_id,
                session_number=agent.session_number,
                desk_instance=agent.desk_instance,
                offer_id=offer_id,
            )
        yield at, Due(stage, fact=fact, is_drawn=True)
