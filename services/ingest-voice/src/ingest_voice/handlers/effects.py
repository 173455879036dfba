"""Carries out what a change of a call asks for."""

import asyncio
import logging
from dataclasses import dataclass

from ingest_voice import metrics
from ingest_voice.domain.dialling import DialCustomer, NoteDial, Result
from ingest_voice.domain.effects import (
    Dial,
    Effect,
    HangUpAgent,
    HangUpCustomer,
    PlayMusic,
    PlaySilence,
    Speak,
    StartRecording,
    StopRecording,
    StopSpeech,
    Talk,
    Tell,
    Utterance,
)
from ingest_voice.domain.engine_events import RecordingFinished
from ingest_voice.domain.facts import RecordingStored
from ingest_voice.domain.speech import prompt_finished
from ingest_voice.handlers.ports import (
    CallGone,
    DialNotes,
    EngineRefused,
    NotNoted,
    Outbox,
    Recordings,
    Speech,
    VoiceEngine,
)
from ingest_voice.handlers.session import Session

SHORTEST_RING_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Effects:
    """The engine and the log, for one effect at a time. Timers and ends are the caller's."""

    engine: VoiceEngine
    speech: Speech
    outbox: Outbox
    recordings: Recordings
    records_calls: bool
    dials: DialNotes | None = None

    async def carry_out(self, session: Session, effect: Effect) -> None:
        """What has ended already is no error: the engine's events say so.

        Raises EngineRefused for a leg that could not be dialled.
        """
        try:
            await self._carry_out(session, effect)
        except CallGone:
            return
        except EngineRefused as error:
            if isinstance(effect, Dial | DialCustomer):
                raise
            log.warning(
                "the engine refused",
                extra={"effect": type(effect).__name__, "error": str(error)},
            )

    async def _carry_out(self, session: Session, effect: Effect) -> None:
        engine, call_key = self.engine, session.call.call_key
        match effect:
            case Tell():
                self.outbox.tell(
                    effect.fact, conversation_id=session.conversation_id, key_id=session.key_id
                )
            case Speak():
                await self._speak(session, effect.utterance)
            case StopSpeech() | PlaySilence():
                engine.stop_playing(call_key)
            case PlayMusic():
                engine.play_music(call_key)
            case Talk():
                engine.talk(call_key, effect.leg_keys, has_customer=effect.has_customer)
            case StartRecording() if self.records_calls:
                sink = self.recordings.begin(effect.contact_id, session.key_id)
                engine.record(call_key, sink)
            case StopRecording():
                engine.stop_recording(call_key)
            case DialCustomer():
                await self._call_customer(session)
            case NoteDial():
                self._note(session, effect.result)
            case Dial() | HangUpCustomer() | HangUpAgent():
                await self._signal(session, effect)
            case _:
                return

    async def _speak(self, session: Session, utterance: Utterance) -> None:
        pcm = await self.speech.pcm(utterance.text)
        message_id = utterance.message_id
        if utterance.is_interruptible and session.call.digits:
            # A key came while the voice was being made.
            session.apply(lambda call: prompt_finished(call, message_id, is_interrupted=True))
            return
        self.engine.play(
            session.call.call_key, message_id, pcm, is_interruptible=utterance.is_interruptible
        )

    async def _call_customer(self, session: Session) -> None:
        dialled = session.dialled
        if dialled is None or self.dials is None:
            raise EngineRefused("nobody is to be called")
        try:
            await self.dials.dialling(dialled.command_id)
        except NotNoted as error:
            raise EngineRefused("the intent of a dial could not be written") from error
        left = dialled.until - asyncio.get_running_loop().time()
        await self.engine.dial_customer(
            session.call.call_key,
            dialled.address,
            headers={"X-Contact-Id": session.call.contact_id},
            timeout_seconds=max(SHORTEST_RING_SECONDS, left),
        )

    def _note(self, session: Session, result: Result) -> None:
        dials, dialled = self.dials, session.dialled
        if dials is not None and dialled is not None:
            self.outbox.when_told(lambda: dials.ended(dialled.command_id, result))

    async def _signal(self, session: Session, effect: Dial | HangUpCustomer | HangUpAgent) -> None:
        match effect:
            case Dial():
                await self.engine.dial(
                    session.call.call_key,
                    effect.leg_key,
                    effect.address,
                    headers={"X-Contact-Id": effect.contact_id},
                    timeout_seconds=effect.timeout_seconds,
                )
            case HangUpCustomer():
                await self.engine.hang_up(session.call.call_key)
            case HangUpAgent():
                await self.engine.hang_up_leg(effect.leg_key)

    async def store_recording(self, session: Session, event: RecordingFinished) -> None:
        """Tell of a recording, once it is whole on disk."""
        recording_id, conversation_id = event.recording_id, session.conversation_id
        self.recordings.ended(recording_id, conversation_id, event.duration_seconds)
        stored = await self.recordings.stored(recording_id)
        if stored is None:
            self.recordings.told(recording_id)
            metrics.RECORDINGS_LOST.inc()
            return
        fact = RecordingStored(
            contact_id=stored.contact_id,
            recording_id=recording_id,
            uri=stored.uri,
            duration_seconds=event.duration_seconds,
            key_id=session.key_id,
            sha256=stored.sha256,
        )
        self.outbox.tell(fact, conversation_id=conversation_id, key_id=session.key_id)
        self.outbox.when_told(lambda: self.recordings.told(recording_id))
