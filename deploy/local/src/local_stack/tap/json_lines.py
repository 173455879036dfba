"""One record of a topic as plain data, and as one line of JSON."""

import json
from datetime import UTC, datetime
from typing import Any

from local_stack.tap.decoding import Decoder


def content(record: Any, decoder: Decoder) -> dict[str, Any]:
    """Return position, time, key, headers and value of an aiokafka record."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(
            timespec="milliseconds"
        ),
        "key": text(record.key),
        "headers": {name: text(value) for name, value in record.headers},
        "value": decoder.decode(record.value),
    }


def json_line(found: dict[str, Any]) -> str:
    """What `content` returned, on one line."""
    return json.dumps(found, ensure_ascii=False)


def text(value: bytes | None) -> str | None:
    """Bytes that should be text."""
    return None if value is None else value.decode(errors="backslashreplace")
