"""One leg's audio, as 8 kHz 16-bit PCM in and out."""

from baresip import AudioNotActive, AudioRestarted, CallAudio

RATE = 8000
BYTES_PER_SECOND = RATE * 2

# What a joined leg hears starts with this much silence, so that a late tick is not heard; and when
# the far clock runs faster than ours, what is beyond the maximum is dropped down to it again.
LIVE_AHEAD = BYTES_PER_SECOND // 20
_LIVE_MAXIMUM = BYTES_PER_SECOND // 4
_READ_AT_ONCE = BYTES_PER_SECOND // 2
_TICKS_BETWEEN_CHECKS = 10


class Port:
    """One leg's audio. A leg without audio (yet, or any more) hears and says nothing."""

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._ticks = 0
        self._is_skipping = False

    def read(self) -> bytes:
        try:
            return bytes(self._audio.read(_READ_AT_ONCE))
        except (AudioRestarted, AudioNotActive):
            return b""

    def begin_live(self) -> None:
        """Forget what was said before, and let what is heard begin with a little silence."""
        while self.read():
            continue
        self.write(bytes(LIVE_AHEAD))

    def write(self, pcm: bytes) -> None:
        try:
            self._audio.write(pcm)
        except (AudioRestarted, AudioNotActive):
            return

    def write_live(self, pcm: bytes) -> None:
        """Pass on what the other side says; never let it grow old in the buffer."""
        self._ticks += 1
        if self._is_skipping or self._ticks % _TICKS_BETWEEN_CHECKS == 0:
            limit = LIVE_AHEAD if self._is_skipping else _LIVE_MAXIMUM
            self._is_skipping = (self.buffered() or 0) > limit
        if pcm and not self._is_skipping:
            self.write(pcm)

    def flush(self) -> None:
        try:
            self._audio.flush_tx()
        except (AudioRestarted, AudioNotActive):
            return

    def buffered(self) -> int | None:
        """Bytes not yet sent; None while there is no audio to send."""
        try:
            info = self._audio.info()
        except (AudioRestarted, AudioNotActive):
            return None
        return info.tx_buffered if info.tx_ready else None
