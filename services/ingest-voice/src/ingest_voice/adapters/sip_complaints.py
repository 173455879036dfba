"""What the SIP stack complains about: counted, and logged like everything else.

It writes what it cannot decode to C's standard error itself, in lines of its own, past its log. C's
`stderr` therefore leads into a pipe; Python's, and what faulthandler writes of a crash, stay where
they are. Its words may hold what a peer sent, so none of them are passed on.
"""

import ctypes
import faulthandler
import logging
import os
import threading

from baresip import Event, StackEvent

from ingest_voice import metrics

log = logging.getLogger(__name__)

_UNDECODED = b"sip: msg decode err"
_REFUSED_WITH_488 = {
    "No common audio or video codecs": "no_common_codec",
    "Wrong address family": "no_common_address",
}
_BY_LINE = 1
_LONGEST_LINE = 4096


def count_refused(event: StackEvent) -> None:
    """The stack answers 488 by itself, and offers nobody such a call."""
    outcome = _REFUSED_WITH_488.get(event.text or "") if event.event is Event.CALL_CLOSED else None
    if outcome is not None:
        metrics.CALLS.labels(outcome).inc()


def listen_to_complaints() -> None:
    """Hear them from now on, for as long as the process lives; once is enough."""
    global _reader
    if _reader is not None:
        return
    libc = ctypes.CDLL(None)
    if not all(hasattr(libc, name) for name in ("stderr", "fdopen", "setvbuf")):
        log.warning("the sip stack writes its complaints by itself: this is another C library")
        return
    # A crash would else be told into the pipe, which nobody reads any more.
    if not faulthandler.is_enabled():
        faulthandler.enable()
    reading, writing = os.pipe()
    libc.fdopen.restype = ctypes.c_void_p
    stream = libc.fdopen(writing, b"w")
    libc.setvbuf(ctypes.c_void_p(stream), None, _BY_LINE, 0)
    ctypes.c_void_p.in_dll(libc, "stderr").value = stream
    _reader = threading.Thread(target=_read, args=(reading,), name="sip-complaints", daemon=True)
    _reader.start()


_reader: threading.Thread | None = None


def _read(reading: int) -> None:
    with open(reading, "rb") as lines:
        while line := lines.readline(_LONGEST_LINE):
            if line.startswith(_UNDECODED):
                metrics.SIP_UNDECODABLE.inc()
            else:
                log.warning("the sip stack complains", extra={"bytes": len(line)})
