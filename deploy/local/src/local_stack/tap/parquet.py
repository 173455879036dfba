"""Records as rows of a Parquet file, one for each fact or decision."""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from local_stack.errors import StackError
from local_stack.tap.decoding import Decoder, bodies, plain
from local_stack.tap.json_lines import text

COLUMNS = {
    "topic": "VARCHAR",
    "partition": "INTEGER",
    "offset": "BIGINT",
    "time": "TIMESTAMP_MS",  # the record's, UTC
    "key": "VARCHAR",
    "ce_id": "VARCHAR",
    "ce_type": "VARCHAR",
    "ce_source": "VARCHAR",
    "workspace": "VARCHAR",
    "step_number": "UBIGINT",  # of routing-events.v1: drop what was seen
    "event_id": "VARCHAR",
    "kind": "VARCHAR",  # which fact, or which decision
    "number": "INTEGER",  # of the decision in its step, from 0
    "contact_id": "VARCHAR",
    "conversation_id": "VARCHAR",
    "channel": "VARCHAR",
    "queue": "VARCHAR",
    "agent_id": "VARCHAR",
    "cause": "VARCHAR",
    "body": "JSON",  # the fact or decision, whole; sealed content is sealed
}
OF_THE_BODY = ("contact_id", "conversation_id", "channel", "queue", "agent_id", "cause")
MISSING = (
    "Parquet needs DuckDB: pip install 'contact-center-local[parquet]' (or pip install duckdb)"
)


class ParquetFile:
    """Collects rows beside the target and writes them at the end; nothing is held in memory."""

    def __init__(self, path: Path) -> None:
        try:
            import duckdb
        except ImportError:
            raise StackError(MISSING) from None
        self._duckdb = duckdb
        self._path = path
        self._rows: IO[str] | None = None
        self.count = 0

    def __enter__(self) -> Self:
        folder = self._path.absolute().parent
        if not folder.is_dir():
            raise StackError(f"there is no folder {folder}")
        self._rows = tempfile.NamedTemporaryFile("w", dir=folder, suffix=".jsonl")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._rows is not None
        with self._rows as rows:
            if kind is None:
                rows.flush()
                self._write(rows.name)

    def add(self, record: Any, decoder: Decoder) -> None:
        """Remember the record's rows."""
        assert self._rows is not None
        for row in rows_of(record, decoder):
            self._rows.write(json.dumps(row, ensure_ascii=False) + "\n")
            self.count += 1

    def _write(self, rows: str) -> None:
        columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
        with self._duckdb.connect() as database:
            found = database.sql(
                f"SELECT * FROM read_json(?, columns={columns}, format='newline_delimited',"  # noqa: S608
                " maximum_object_size=67108864)",
                params=[rows],
            )
            found.write_parquet(str(self._path), compression="zstd")


def rows_of(record: Any, decoder: Decoder) -> Iterator[dict[str, Any]]:
    """One row for each fact or decision; one for a record that says nothing or is no message."""
    headers = {name: text(value) for name, value in record.headers}
    message = decoder.message(record.value)
    envelope = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": _instant(record.timestamp),
        "key": text(record.key),
        **{name: headers.get(name) for name in ("ce_id", "ce_type", "ce_source")},
        "workspace": getattr(message, "workspace", None),
        "step_number": getattr(message, "step_number", None),
        "event_id": getattr(message, "event_id", None),
    }
    said = bodies(message) if message is not None else []
    for number, (kind, found) in enumerate(said):
        body = plain(found)
        named = {name: body.get(name) for name in OF_THE_BODY if not _is_nested(body.get(name))}
        yield envelope | {"kind": kind, "number": number, **named, "body": body}
    if not said:
        whole = decoder.decode(record.value)
        yield envelope | {"kind": None, "number": 0, "body": whole}


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _instant(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:03d}"
