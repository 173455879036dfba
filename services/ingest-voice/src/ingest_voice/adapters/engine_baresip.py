"""The embedded voice engine: baresip inside this process, bridged and recorded in Python."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from baresip import Account, Call, Config, Event, StackEvent, UserAgent
from baresip.runtime import Runtime

from ingest_voice.adapters.dialled_legs import DialledLegs, sent
from ingest_voice.adapters.loopback_audio import LoopbackAudio
from ingest_voice.adapters.media import CallMedia
from ingest_voice.adapters.media_clock import MediaClock
from ingest_voice.adapters.port import Port
from ingest_voice.adapters.sip_answers import SipAnswers
from ingest_voice.adapters.sip_complaints import count_refused, listen_to_complaints
from ingest_voice.adapters.sip_folder import own_folder
from ingest_voice.adapters.sip_headers import tag_of, uri_of
from ingest_voice.adapters.sip_status import SipStatus
from ingest_voice.adapters.stereo import StereoRecorder
from ingest_voice.domain.engine_events import (
    CallAnswered,
    CallHungUp,
    CallOffered,
    CustomerNotReached,
    DigitPressed,
    EngineEvent,
    LegAnswered,
    LegFailed,
    LegHungUp,
    LegRinging,
    PromptFinished,
    RecordingFinished,
    Side,
)
from ingest_voice.handlers.ports import CallGone, EngineRefused, OnEngineEvent, RecordingSink

log = logging.getLogger(__name__)

_EXPOSED = ("From", "To", "Contact", "X-Contact-Id", "X-Trunk")
# Else TLS, for which there is no certificate, takes the port after the one asked for.
_TRANSPORTS = "sip_transports udp,tcp\n"


@dataclass(slots=True)
class _Customer:
    call: Call
    media: CallMedia | None = None
    is_ended_by_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    host: str
    port: int
    # Lowest and highest, such as 61000-65534.
    rtp_ports: str
    # The stack declares a call dead that sends no audio for so long.
    rtp_timeout_seconds: int
    # Where the stack may keep its own files; nobody else uses it.
    folder: Path
    music: bytes
    on_late: Callable[[float], None]
    # The stack or the media clock died: the process must end.
    on_failure: Callable[[str], None]


class BaresipEngine:
    """A VoiceEngine. One per process: the stack's state is global."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._status = SipStatus()
        self._answers = SipAnswers()
        self._audio = LoopbackAudio(options.host, options.rtp_ports)
        self._clock = MediaClock(options.on_late, self._media_failed)
        self._customers: dict[str, _Customer] = {}
        self._count = 0

    async def start(self, on_event: OnEngineEvent) -> None:
        self._loop = asyncio.get_running_loop()
        self._emit = on_event
        self._runtime = Runtime()
        self._runtime.on_dead = self._stack_died  # type: ignore[assignment]
        # Below a warning the library logs the addresses of callers.
        logging.getLogger("baresip").setLevel(logging.WARNING)
        at = f"{self._options.host}:{self._options.port}"
        config = Config(
            net_interface=self._options.host,
            max_concurrent_calls=None,
            expose_headers=_EXPOSED,
            rtp_timeout=self._options.rtp_timeout_seconds,
            native_log_level="error",
            extra_config_text=(
                f"{_TRANSPORTS}sip_listen {at}\nrtp_ports {self._options.rtp_ports}\n"
            ),
        )
        with own_folder(self._options.folder):
            await self._runtime.start(config)
        listen_to_complaints()
        self._runtime.subscribe(count_refused)
        self._status.attach()
        self._answers.attach()
        agent = await self._listen(at, "udp")
        self._by_tcp = await self._listen(at, "tcp")
        self._legs = DialledLegs(self._runtime, agent, self._on_leg, self._audio.narrow)
        self._clock.start()
        log.info("voice engine listens", extra={"sip.address": at})

    async def _listen(self, at: str, transport: Literal["udp", "tcp"]) -> UserAgent:
        """The stack gives a call to an account of the transport by which it came, and no other."""
        account = Account(
            user="contact-center",
            domain=at,
            password="",
            reg_interval=0,
            transport=transport,
            audio_codecs=("pcmu", "pcma"),
            # Every called number reaches us: the handler decides which ones exist.
            extra_params=("catchall=yes",),
        )
        agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        agent.on_incoming(self._offered)
        return agent

    async def stop(self) -> None:
        for call_key in tuple(self._customers):
            self.stop_recording(call_key)
        self._legs.stop()
        self._clock.stop()
        await self._runtime.close()

    # -- The customer's leg ---------------------------------------------------------------------

    def _offered(self, call: Call) -> None:
        self._audio.narrow()
        self._count += 1
        call_key = f"{call.call_id}#{self._count}"
        self._customers[call_key] = _Customer(call)
        call.on(lambda event: self._on_customer(call_key, event))
        from_header, to_header = call.headers.get("From", ""), call.headers.get("To", "")
        offered = CallOffered(
            call_key=call_key,
            sip_call_id=call.call_id or "",
            from_tag=tag_of(from_header),
            from_uri=uri_of(from_header) or call.peer or "",
            to_uri=uri_of(to_header),
            headers=call.headers,
        )
        self._emit(offered)

    def _on_customer(self, call_key: str, event: StackEvent) -> None:
        customer = self._customers.get(call_key)
        if customer is None:
            return
        if event.event is Event.CALL_ESTABLISHED and customer.media is None:
            self._begin_media(call_key, customer)
            self._emit(CallAnswered(call_key=call_key))
        elif event.event is Event.CALL_DTMF_START and event.text:
            self._digit(call_key, customer, event.text)
        elif event.event is Event.CALL_CLOSED:
            self._customer_closed(call_key, customer, event.text or "")

    def _begin_media(self, call_key: str, customer: _Customer) -> None:
        def prompt_ended(prompt_id: str, is_interrupted: bool) -> None:
            finished = PromptFinished(
                call_key=call_key, prompt_id=prompt_id, is_interrupted=is_interrupted
            )
            self._loop.call_soon_threadsafe(self._emit, finished)

        customer.media = CallMedia(Port(customer.call.audio), self._options.music, prompt_ended)
        self._clock.add(call_key, customer.media)

    def _digit(self, call_key: str, customer: _Customer, digit: str) -> None:
        cut_short = customer.media.interrupt() if customer.media else None
        if cut_short is not None:
            self._emit(PromptFinished(call_key=call_key, prompt_id=cut_short, is_interrupted=True))
        self._emit(DigitPressed(call_key=call_key, digit=digit))

    def _customer_closed(self, call_key: str, customer: _Customer, cause: str) -> None:
        self.stop_recording(call_key)
        self._clock.remove(call_key)
        del self._customers[call_key]
        by = Side.US if customer.is_ended_by_us else Side.FAR_END
        self._emit(CallHungUp(call_key=call_key, by=by, cause=cause))

    async def answer(self, call_key: str) -> None:
        await sent(self._customer(call_key).call.answer())

    async def reject(self, call_key: str, status: int) -> None:
        customer = self._customer(call_key)
        customer.is_ended_by_us = True
        await sent(self._status.reject(self._runtime, customer.call, status))

    async def hang_up(self, call_key: str) -> None:
        if call_key not in self._customers:
            await self._legs.hang_up(call_key)
            return
        customer = self._customer(call_key)
        customer.is_ended_by_us = True
        await sent(customer.call.hangup())

    def play(self, call_key: str, prompt_id: str, pcm: bytes, *, is_interruptible: bool) -> None:
        self._media(call_key).play(prompt_id, pcm, is_interruptible=is_interruptible)

    def play_music(self, call_key: str) -> None:
        self._media(call_key).play_music()

    def stop_playing(self, call_key: str) -> None:
        self._media(call_key).stop_playing()

    # -- Legs that we dial: agents', and a customer's, which goes by the key of its call ----------

    async def dial_customer(
        self, call_key: str, address: str, *, headers: dict[str, str], timeout_seconds: float
    ) -> None:
        await self._legs.dial(
            call_key, call_key, address, headers=headers, timeout_seconds=timeout_seconds
        )

    def _on_leg(self, event: EngineEvent) -> None:
        match event:
            case LegAnswered() if event.leg_key == event.call_key:
                call = self._legs.answered(event.leg_key)
                customer = self._customers[event.call_key] = _Customer(call)
                call.on(lambda heard: self._on_customer(event.call_key, heard))
                self._begin_media(event.call_key, customer)
                self._emit(CallAnswered(call_key=event.call_key))
            case LegFailed() if event.leg_key == event.call_key:
                self._emit(CustomerNotReached(call_key=event.call_key, cause=event.cause))
            case LegRinging() | LegHungUp() if event.leg_key == event.call_key:
                # Once answered, it is told as any customer's leg.
                return
            case _:
                self._emit(event)

    async def dial(
        self,
        call_key: str,
        leg_key: str,
        address: str,
        *,
        headers: dict[str, str],
        timeout_seconds: float,
    ) -> None:
        await self._legs.dial(
            call_key, leg_key, address, headers=headers, timeout_seconds=timeout_seconds
        )

    async def hang_up_leg(self, leg_key: str) -> None:
        await self._legs.hang_up(leg_key)

    def talk(self, call_key: str, leg_keys: tuple[str, ...], *, has_customer: bool) -> None:
        media = self._media(call_key)
        legs = {key: Port(self._legs.answered(key).audio) for key in leg_keys}
        media.talk(legs, has_customer=has_customer)

    # -- Recording ------------------------------------------------------------------------------

    def record(self, call_key: str, sink: RecordingSink) -> None:
        self._media(call_key).record(StereoRecorder(sink, time.monotonic()))

    def stop_recording(self, call_key: str) -> None:
        customer = self._customers.get(call_key)
        recorder = customer.media.stop_recording() if customer and customer.media else None
        if recorder is not None:
            finished = RecordingFinished(
                call_key=call_key,
                recording_id=recorder.sink.recording_id,
                duration_seconds=recorder.duration_seconds,
            )
            self._emit(finished)

    def _stack_died(self) -> None:
        self._options.on_failure("sip stack died")

    def _media_failed(self, error: Exception) -> None:
        log.critical("media clock died", exc_info=error)
        self._loop.call_soon_threadsafe(self._options.on_failure, "media clock died")

    def _customer(self, call_key: str) -> _Customer:
        customer = self._customers.get(call_key)
        if customer is None:
            raise CallGone(f"call {call_key!r} has ended")
        return customer

    def _media(self, call_key: str) -> CallMedia:
        media = self._customer(call_key).media
        if media is None:
            raise EngineRefused(f"call {call_key!r} is not answered")
        return media
