"""Engine time: it moves with the log's stamps, and never jumps."""

from dataclasses import dataclass

MAX_MOVE = 2_000
"""Milliseconds that one record moves engine time at most."""
CATCH_UP = 4
"""While timers run, a lag is made good at a quarter of the log's own pace."""


@dataclass(slots=True)
class Clock:
    """Milliseconds; `last_stamp` is that of the record before."""

    now: int = 0
    last_stamp: int = 0

    def keeps_up(self, stamp: int) -> bool:
        """Move if nothing lags, when it does not matter what is pending; else move nothing."""
        if not self.now == self.last_stamp <= stamp <= self.now + MAX_MOVE:
            return False
        self.now = self.last_stamp = stamp
        return True

    def move(self, stamp: int, is_anything_pending: bool) -> int:
        """Move with the log's stamps: at most 2 s, never back; return the new engine time.

        What elapses is the difference to the stamp before, so that an outage or a leap of
        the broker's clock costs 2 s at most. The lag it leaves is made good: at once when
        no timer is pending, else slowly enough that nobody's ring time is cut short.
        """
        if not self.last_stamp:
            self.now = self.last_stamp = stamp
            return self.now
        elapsed = min(max(stamp - self.last_stamp, 0), MAX_MOVE)
        lag = max(stamp - self.now - elapsed, 0)
        made_good = min(lag, elapsed // CATCH_UP) if is_anything_pending else lag
        self.now += min(elapsed + made_good, MAX_MOVE)
        self.last_stamp = stamp
        return self.now


def milliseconds(seconds: float) -> int:
    """Return whole milliseconds."""
    return round(seconds * 1000)
