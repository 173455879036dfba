"""What the SIP stack answers to a call by itself, before anybody hears of that call.

It says "500 Call Error" whether the caller's offer cannot be read, is for a network that the stack
is not in, or the stack has no ports left, and tells nobody. It shows every message to a trace, an
answer right before it is sent: there the caller's faults are counted and turned into 488, and ours
are counted as ours.
Whether an offer can be read is asked of the stack's own decoder.
"""

import ctypes
import logging
from collections import OrderedDict

from baresip import _native

from ingest_voice import metrics

log = logging.getLogger(__name__)

_NEEDED = ("uag_sip", "sip_set_trace_handler", "sdp_session_alloc", "sdp_decode", "sa_set_str")
_NEEDED_MEMORY = ("mbuf_alloc", "mbuf_write_mem", "mem_deref")
_INVITE = b"INVITE "
_CALL_ERROR = b"SIP/2.0 500 Call Error\r\n"
_NOT_ACCEPTABLE = b"SIP/2.0 488 Call Error\r\n"
_OTHER_NETWORK = b"\nc=IN IP6 "
_OURS = "stack_failed"
_END_OF_HEADERS = b"\r\n\r\n"
# The stack answers while it still has the request in hand: few need to be remembered.
_MOST_OFFERS = 16
_LONGEST = 65_536
_ROOM_FOR_AN_ADDRESS = 256

_Trace = ctypes.CFUNCTYPE(
    None,
    ctypes.c_bool,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_void_p,
)


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("content", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("position", ctypes.c_size_t),
        ("end", ctypes.c_size_t),
    )


class SipAnswers:
    """Watches what is said on the SIP port. Keep it for as long as the stack runs."""

    def __init__(self) -> None:
        self._stack = _load()
        self._offers: OrderedDict[bytes, bytes] = OrderedDict()
        # The stack keeps no reference to it.
        self._trace = _Trace(self._on_message)

    def attach(self) -> None:
        """From now on. After the runtime's start."""
        if self._stack is not None:
            self._stack.sip_set_trace_handler(self._stack.uag_sip(), self._trace)

    def _on_message(
        self, is_sent: bool, _tp: int, _from: int, _to: int, content: int, size: int, _arg: int
    ) -> None:
        """Stack's thread."""
        begins = _CALL_ERROR if is_sent else _INVITE
        if ctypes.string_at(content, min(size, len(begins))) != begins:
            return
        message = ctypes.string_at(content, min(size, _LONGEST))
        headers, _, offer = message.partition(_END_OF_HEADERS)
        if not is_sent:
            self._offers[_branch(headers)] = offer
            if len(self._offers) > _MOST_OFFERS:
                self._offers.popitem(last=False)
            return
        asked = self._offers.pop(_branch(headers), b"")
        outcome = self._outcome(asked)
        metrics.CALLS.labels(outcome).inc()
        if outcome == _OURS:
            log.error("the sip stack could not take a call")
        else:
            # The stack sends these bytes, and again when they are asked for again.
            ctypes.memmove(content, _NOT_ACCEPTABLE, len(_NOT_ACCEPTABLE))

    def _outcome(self, asked: bytes) -> str:
        if asked and not self._is_readable(asked):
            return "malformed_offer"
        return "no_common_address" if _OTHER_NETWORK in asked else _OURS

    def _is_readable(self, offer: bytes) -> bool:
        stack = self._stack
        if stack is None:
            return True
        address = ctypes.create_string_buffer(_ROOM_FOR_AN_ADDRESS)
        stack.sa_set_str(address, b"127.0.0.1", 0)
        session = ctypes.c_void_p()
        if stack.sdp_session_alloc(ctypes.byref(session), address):
            return True
        buffer = stack.mbuf_alloc(len(offer))
        try:
            stack.mbuf_write_mem(buffer, offer, len(offer))
            _Buffer.from_address(buffer).position = 0
            return not stack.sdp_decode(session, buffer, True)
        finally:
            stack.mem_deref(buffer)
            stack.mem_deref(session)


def _branch(headers: bytes) -> bytes:
    """What ties an answer to its request: the first Via header, as the sender wrote it."""
    for line in headers.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"via", b"v"):
            return value.partition(b"branch=")[2].partition(b";")[0].strip()
    return b""


def _load() -> ctypes.CDLL | None:
    stack = ctypes.CDLL(_native.__file__)
    if not all(hasattr(stack, name) for name in (*_NEEDED, *_NEEDED_MEMORY)):
        log.warning("calls that the sip stack refuses by itself are not counted: it hides how")
        return None
    stack.uag_sip.restype = ctypes.c_void_p
    stack.sip_set_trace_handler.argtypes = [ctypes.c_void_p, _Trace]
    stack.sip_set_trace_handler.restype = None
    stack.sa_set_str.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint16]
    stack.sdp_session_alloc.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    stack.sdp_decode.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_bool]
    stack.mbuf_alloc.argtypes = [ctypes.c_size_t]
    stack.mbuf_alloc.restype = ctypes.c_void_p
    stack.mbuf_write_mem.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    stack.mem_deref.argtypes = [ctypes.c_void_p]
    stack.mem_deref.restype = ctypes.c_void_p
    return stack
