"""Who waits for the step that answers a fact."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from desk.domain.names import EventId
from desk.domain.results import Result, result_of
from desk.domain.steps import Step

Answer = asyncio.Future[Result]


class Answers:
    """Those who said a fact and wait, by its event id."""

    def __init__(self) -> None:
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

    def on_step(self, step: Step) -> None:
        """Tell those who wait for this step."""
        for answer in self._waiting.get(step.event_id, ()):
            if not answer.done():
                answer.set_result(result_of(step))
