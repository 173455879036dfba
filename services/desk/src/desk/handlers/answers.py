"""Who waits for the step that answers a fact."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from desk.domain.names import EventId
from desk.domain.results import Result, result_of
from desk.domain.steps import Step

Answer = asyncio.Future[Result]

MAX_REMEMBERED = 20_000


class Answers:
    """Those who said a fact and wait, by its event id; and what the newest steps answered.

    Every desk sees every step, so each of them knows what a command that is repeated came to.
    """

    def __init__(self) -> None:
        self._recent: OrderedDict[str, Result] = OrderedDict()
        self._waiting: dict[str, list[Answer]] = {}

    @contextmanager
    def expected(self, event_id: EventId) -> Iterator[Answer]:
        """The answer to come; enter before the fact is said, or the step may pass unseen."""
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(event_id, []).append(answer)
        try:
            yield answer
        finally:
            waiting = self._waiting[event_id]
            waiting.remove(answer)
            if not waiting:
                del self._waiting[event_id]

    def recent(self, event_id: EventId) -> Result | None:
        """What the fact came to, if a step among the newest 20,000 answered it."""
        return self._recent.get(event_id)

    def on_step(self, step: Step) -> None:
        """Tell those who wait for this step."""
        result = result_of(step)
        self._recent.setdefault(step.event_id, result)
        if len(self._recent) > MAX_REMEMBERED:
            self._recent.popitem(last=False)
        for answer in self._waiting.get(step.event_id, ()):
            if not answer.done():
                answer.set_result(result)
