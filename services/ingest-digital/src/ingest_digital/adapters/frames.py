"""The frames of a chat: untrusted ones in, ours out."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from ingest_digital.domain.chat import Conversation, Wait
from ingest_digital.domain.chat_log import ShownMessage

MAX_FRAME_BYTES = 16_384


class BadFrame(Exception):
    """A frame that ends the socket, with the close code and a reason for its author."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class InvalidFrame(Exception):
    """A frame that is answered with an error frame; the socket goes on."""


class _Frame(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)


Text = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=r"\S")]


class Start(_Frame):
    type: Literal["start"]
    entry_point: Annotated[str, Field(min_length=1, max_length=128)]
    start_id: UUID
    visitor_id: Annotated[str, Field(min_length=8, max_length=128, repr=False)]
    identity_token: Annotated[str | None, Field(max_length=8192, repr=False)] = None
    topic: Annotated[str, Field(max_length=500, repr=False)] = ""


class Resume(_Frame):
    type: Literal["resume"]
    conversation_id: UUID
    token: Annotated[str, Field(max_length=8192, repr=False)]
    last_seq: Annotated[int, Field(ge=-1, le=2**62)] = -1


class Say(_Frame):
    type: Literal["message"]
    client_msg_id: UUID
    text: Text = Field(repr=False)


class Leave(_Frame):
    type: Literal["leave"]


class Ping(_Frame):
    type: Literal["ping"]


FirstFrame = Start | Resume
LaterFrame = Say | Leave | Ping
_FIRST: TypeAdapter[FirstFrame] = TypeAdapter(Annotated[FirstFrame, Field(discriminator="type")])
_LATER: TypeAdapter[LaterFrame] = TypeAdapter(Annotated[LaterFrame, Field(discriminator="type")])


def first_frame(raw: str | bytes) -> FirstFrame:
    """The frame that begins a socket; BadFrame for anything else."""
    content = _json(raw)
    try:
        return _FIRST.validate_python(content)
    except ValidationError as error:
        raise BadFrame(4400, f"start or resume expected: {_where(error)}") from None


def later_frame(raw: str | bytes) -> LaterFrame:
    """A frame after the first; InvalidFrame when its fields are wrong, BadFrame if it is none."""
    content = _json(raw)
    try:
        return _LATER.validate_python(content)
    except ValidationError as error:
        raise InvalidFrame(_where(error)) from None


def client_msg_id(raw: str | bytes) -> str | None:
    """The id that an invalid frame claims, so that its answer can name it."""
    content = _json(raw)
    found = content.get("client_msg_id") if isinstance(content, dict) else None
    return found[:64] if isinstance(found, str) else None


def message_frame(message: ShownMessage, text: str | None, labels: list[str]) -> dict[str, Any]:
    """A message as the window shows it; an unreadable one says so."""
    frame: dict[str, Any] = {
        "type": "message",
        "seq": message.seq,
        "message_id": message.message_id,
        "author": message.author.value,
        "text": text or "",
        "at": message.said_at.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    if text is None:
        frame["is_readable"] = False
    if message.author_id:
        frame["author_name"] = message.author_id
    if message.choices:
        pairs = zip(message.choices, labels, strict=True)
        frame["choices"] = [{"value": choice.value, "label": label} for choice, label in pairs]
    return frame


def state_frame(conversation: Conversation) -> dict[str, Any]:
    """How the chat stands."""
    assert conversation.phase is not None
    frame: dict[str, Any] = {
        "type": "state",
        "state": conversation.phase.value,
        "contact_id": conversation.contact_id,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    if conversation.agent_id:
        frame["agent_name"] = conversation.agent_id
    if conversation.ended_by:
        frame["ended_by"] = conversation.ended_by
    if conversation.wait is not None:
        frame["wait"] = _wait(conversation.wait)
    return frame


def _wait(wait: Wait) -> dict[str, Any]:
    return {
        "low_seconds": wait.low_seconds,
        "high_seconds": wait.high_seconds,
        "told_at": wait.told_at.isoformat(timespec="milliseconds"),
    }


def error_frame(code: str, reason: str, **more: str | None) -> dict[str, Any]:
    """What went wrong, for programs (`code`) and people (`reason`)."""
    named = {name: value for name, value in more.items() if value is not None}
    return {"type": "error", "code": code, "reason": reason, **named}


def _json(raw: str | bytes) -> Any:
    if isinstance(raw, bytes):
        raise BadFrame(1003, "text frames only")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise BadFrame(1007, "the frame is not JSON") from None


def _where(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "frame"
    return f"{place}: {first['msg']}"[:100]
