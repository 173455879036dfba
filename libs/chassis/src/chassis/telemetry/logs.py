"""One JSON line per event on stderr."""

import asyncio
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from opentelemetry import trace

from chassis.telemetry import metrics

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET = ("aiokafka", "aiohttp", "asyncio", "asyncpg", "faust", "grpc", "mode")
MAX_TEXT = 20_000

log = logging.getLogger(__name__)


class DropPersonal(logging.Filter):
    """Removes fields whose name has a `pii` segment, such as `customer.pii.name`."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in [name for name in vars(record) if "pii" in name.lower().split(".")]:
            delattr(record, name)
        return True


class OncePerWhile(logging.Filter):
    """Lets the same line of a library through once per `seconds`, with how many were held back.

    A client that reconnects says so ten times a second; one line in ten seconds is enough.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._shown: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in QUIET:
            return True
        place = (record.pathname, record.lineno, record.levelname)
        shown_at, held_back = self._shown.get(place, (-self._seconds, 0))
        if record.created - shown_at < self._seconds:
            self._shown[place] = (shown_at, held_back + 1)
            return False
        self._shown[place] = (record.created, 0)
        if held_back:
            record.held_back = held_back
        return True


class JsonFormatter(logging.Formatter):
    """A record as one line; `extra=` fields become keys beside the fixed ones."""

    def __init__(self, service: str, instance_id: str) -> None:
        super().__init__()
        self._fixed = {"service.name": service, "service.instance.id": instance_id}

    def format(self, record: logging.LogRecord) -> str:
        metrics.LOG_LINES.labels(record.levelname).inc()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage()[:MAX_TEXT],
            "logger": record.name,
            **self._fixed,
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line["trace_id"] = f"{span.trace_id:032x}"
            line["span_id"] = f"{span.span_id:016x}"
        extras = {k: v for k, v in vars(record).items() if k not in STANDARD and k not in line}
        line.update(extras)
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))[-MAX_TEXT:]
        return json.dumps(line, default=str, ensure_ascii=False)


def configure_logs(service: str, instance_id: str, level: str) -> None:
    """Replace all handlers by one that writes JSON lines to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service, instance_id))
    handler.addFilter(DropPersonal())
    handler.addFilter(OncePerWhile())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def log_lost_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Errors that nobody awaited become JSON lines too."""
    loop.set_exception_handler(_log_lost)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trail: TracebackType | None
) -> None:
    log.critical("uncaught exception", exc_info=(kind, error, trail))


def _log_lost(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    log.error("lost error", exc_info=error, extra={"detail": context.get("message", "")})
