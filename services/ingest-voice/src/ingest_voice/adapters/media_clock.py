"""The thread that moves the audio of all calls, 20 ms at a time."""

import threading
import time
from collections.abc import Callable

from ingest_voice.adapters.media import CallMedia

TICK_SECONDS = 0.02
_FELL_BEHIND_SECONDS = 0.5


class MediaClock:
    """A thread that ticks every call each 20 ms while there are calls, and sleeps otherwise."""

    def __init__(
        self,
        on_late: Callable[[float], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._on_late = on_late
        self._on_failure = on_failure
        self._calls: dict[str, CallMedia] = {}
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="media-clock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def add(self, call_key: str, media: CallMedia) -> None:
        self._calls = {**self._calls, call_key: media}
        self._wake.set()

    def remove(self, call_key: str) -> None:
        self._calls = {key: media for key, media in self._calls.items() if key != call_key}

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._wake.wait()
                self._wake.clear()
                self._tick_while_there_are_calls()
        except Exception as error:  # noqa: BLE001  A dead clock must end the process, not one call.
            self._on_failure(error)

    def _tick_while_there_are_calls(self) -> None:
        due = time.monotonic()
        while self._calls and not self._is_stopping:
            now = time.monotonic()
            self._on_late(max(0.0, now - due))
            if now - due > _FELL_BEHIND_SECONDS:
                due = now
            for media in self._calls.values():
                media.tick(now)
            due += TICK_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
