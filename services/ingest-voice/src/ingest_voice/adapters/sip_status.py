"""Refuse a call with a status of our choice, which baresip-python (0.5) cannot.

Its `Call.reject()` always says 486. The stack's own `ua_hangup` takes any status, but may only be
called on the stack's thread. That thread calls back into Python with every event and every
completed command: the work is left in a queue, and a PING brings the thread around.
Where the library is built otherwise, or too many wait already, the refusal falls back to 486.
"""

import ctypes
import logging
from collections import deque
from collections.abc import Callable

from baresip import Call, _events, _native
from baresip.runtime import Runtime

log = logging.getLogger(__name__)

_REASONS = {
    403: b"Forbidden",
    404: b"Not Found",
    480: b"Temporarily Unavailable",
    488: b"Not Acceptable Here",
    503: b"Service Unavailable",
}
_STATE_INCOMING = 1
_MOST_JOBS = 1000
_NEEDED = ("uag_call_find", "call_get_ua", "call_state", "ua_hangup")


class SipStatus:
    """Answers offered calls with a final status. Made before the runtime starts."""

    def __init__(self) -> None:
        self._stack = _load()
        self._jobs: deque[Callable[[], None]] = deque()

    def attach(self) -> None:
        """Get between the stack and the runtime's own event sink. After the runtime's start."""
        runtime_sink = _events.set_sink(None)  # type: ignore[no-untyped-call]

        def sink(event: int, handle: int, payload: bytes | None) -> None:
            # Between commands only: never while the stack is telling about some call.
            while self._jobs and event < _native.lib.BP_EV_BASE:
                self._jobs.popleft()()
            runtime_sink(event, handle, payload)

        _events.set_sink(sink)  # type: ignore[no-untyped-call]

    async def reject(self, runtime: Runtime, call: Call, status: int) -> None:
        """Refuse an unanswered call. Raises StaleHandleError if it is gone."""
        sip_call_id = call.call_id
        is_crowded = len(self._jobs) >= _MOST_JOBS
        if self._stack is None or sip_call_id is None or status not in _REASONS or is_crowded:
            await call.reject()
            return
        done: list[bool] = []
        self._jobs.append(lambda: done.append(self._hang_up(sip_call_id, status)))
        await runtime.cmd(_native.lib.BP_CMD_PING)
        if done != [True]:
            await call.reject()

    def _hang_up(self, sip_call_id: str, status: int) -> bool:
        """Stack's thread. Only an incoming call is touched: a Call-ID may be used twice."""
        stack = self._stack
        if stack is None:
            return False
        found = stack.uag_call_find(sip_call_id.encode())
        if not found or stack.call_state(found) != _STATE_INCOMING:
            return False
        stack.ua_hangup(stack.call_get_ua(found), found, status, _REASONS[status])
        return True


def _load() -> ctypes.CDLL | None:
    stack = ctypes.CDLL(_native.__file__)
    if not all(hasattr(stack, name) for name in _NEEDED):
        log.warning("calls can only be refused as busy: the SIP stack hides its functions")
        return None
    stack.uag_call_find.restype = ctypes.c_void_p
    stack.uag_call_find.argtypes = [ctypes.c_char_p]
    stack.call_get_ua.restype = ctypes.c_void_p
    stack.call_get_ua.argtypes = [ctypes.c_void_p]
    stack.call_state.argtypes = [ctypes.c_void_p]
    stack.ua_hangup.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_uint16,
        ctypes.c_char_p,
    ]
    stack.ua_hangup.restype = None
    return stack
