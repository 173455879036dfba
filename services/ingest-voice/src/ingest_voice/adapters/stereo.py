"""Two mono streams into one stereo stream that keeps to the wall clock."""

from array import array

from ingest_voice.handlers.ports import RecordingSink

RATE = 8000
_SECOND = RATE * 2
# How far a side may run behind or ahead of the clock before silence is put in or audio cut.
_SLACK = _SECOND * 3 // 10


class StereoRecorder:
    """Customer left, agent right; what one side did not send in time is silence."""

    def __init__(self, sink: RecordingSink, now: float) -> None:
        self.sink = sink
        self._started = now
        self._emitted = 0
        self._left = bytearray()
        self._right = bytearray()

    @property
    def duration_seconds(self) -> float:
        return self._emitted / _SECOND

    def add(self, left: bytes, right: bytes, now: float) -> None:
        self._left += left
        self._right += right
        expected = self._expected(now)
        for side in (self._left, self._right):
            _align(side, expected)
        if min(len(self._left), len(self._right)) >= _SECOND:
            self._emit(_SECOND)

    def finish(self, now: float) -> None:
        expected = self._expected(now)
        for side in (self._left, self._right):
            side += bytes(max(0, expected - len(side)))
        if expected:
            self._emit(expected)
        self.sink.finish()

    def _expected(self, now: float) -> int:
        """Bytes of each side that the clock asks for beyond what was written."""
        return max(0, int((now - self._started) * RATE) * 2 - self._emitted)

    def _emit(self, size: int) -> None:
        frames = array("h", bytes(size * 2))
        frames[0::2] = array("h", bytes(self._left[:size]))
        frames[1::2] = array("h", bytes(self._right[:size]))
        del self._left[:size], self._right[:size]
        self._emitted += size
        self.sink.write(frames.tobytes())


def _align(side: bytearray, expected: int) -> None:
    if len(side) < expected - _SLACK:
        side += bytes(expected - _SLACK - len(side))
    elif len(side) > expected + _SLACK:
        del side[expected + _SLACK :]
