"""`contact-center tap TOPIC`: read any topic, decoded by the register of topics."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from local_stack.tap import starts, where
from local_stack.tap.decoding import Decoder
from local_stack.tap.json_lines import content, json_line
from local_stack.tap.parquet import ParquetFile
from local_stack.tap.reading import Reading
from local_stack.tap.words import lines
from local_stack.topics import registered_topics

DEFAULT_SERVERS = "127.0.0.1:7092"


def main(argv: list[str]) -> int:
    """Show records until Ctrl-C, --count or --until-end."""
    chosen = _arguments().parse_args(argv)
    with suppress(KeyboardInterrupt):
        asyncio.run(_tap(chosen))
    return 0


def _arguments() -> argparse.ArgumentParser:
    names = ", ".join(topic.name for topic in registered_topics() if topic.message)
    arguments = argparse.ArgumentParser(
        prog="contact-center tap",
        description="Read a topic: for people, as JSON lines for tools, or into a Parquet file.",
        epilog=f"Topics: {names}; dead letters are <topic>.dlq.<service>. What is sealed stays"
        " sealed. Times are UTC.",
    )
    arguments.add_argument("topic", help="its name without TOPIC_PREFIX")
    arguments.add_argument("--from", dest="start", metavar="WHERE", help=starts.HELP)
    arguments.add_argument("--until-end", action="store_true", help="stop at what is there now")
    arguments.add_argument(
        "--where", action="append", default=[], metavar="CONDITION", help=where.HELP
    )
    arguments.add_argument("--key", help="only records with this key")
    arguments.add_argument("--count", type=int, help="stop after so many records")
    shape = arguments.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON object a line, for tools")
    shape.add_argument(
        "--parquet",
        type=Path,
        metavar="FILE",
        help="write what is there now into FILE, a row for each fact or decision",
    )
    return arguments


async def _tap(chosen: argparse.Namespace) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    conditions = where.conditions(chosen.where)
    decoder = Decoder(chosen.topic)
    is_export = chosen.parquet is not None
    reading = Reading(
        servers=os.environ.get("KAFKA_BOOTSTRAP_SERVERS", DEFAULT_SERVERS),
        topic=os.environ.get("TOPIC_PREFIX", "") + chosen.topic,
        start=chosen.start or ("start" if is_export else "end"),
        until_end=chosen.until_end or is_export,
    )
    with ExitStack() as open_parts:
        show = _shower(chosen, decoder, open_parts)
        shown = 0
        async for record in reading.records(over):
            if record is None:
                sys.stdout.flush()
                continue
            if chosen.key is not None and record.key != chosen.key.encode():
                continue
            if conditions:
                found = content(record, decoder)
                if not all(condition.holds(found) for condition in conditions):
                    continue
            show(record)
            shown += 1
            if shown == chosen.count:
                break
        sys.stdout.flush()


def _shower(
    chosen: argparse.Namespace, decoder: Decoder, open_parts: ExitStack
) -> Callable[[Any], None]:
    """How each record is shown."""
    if chosen.parquet is not None:
        file = open_parts.enter_context(ParquetFile(chosen.parquet))
        open_parts.callback(lambda: print(f"{file.count} rows in {chosen.parquet}"))
        return lambda record: file.add(record, decoder)
    if chosen.json:
        return lambda record: _print(json_line(content(record, decoder)))
    return lambda record: _print(lines(record, decoder))


def _print(shown: str) -> None:
    sys.stdout.write(shown + "\n")
