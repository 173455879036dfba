"""`contact-center record`: the log of a workspace into a file, to be replayed anywhere."""

import argparse
from pathlib import Path

from chassis.telemetry import configure_logs
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.settings import CommandSettings
from router.adapters.log_flow import LogFlow
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT
from router.adapters.recorded_log import About, LogWriter


def main(argv: list[str]) -> int:
    """Write the file; 0 when there is something in it."""
    parser = argparse.ArgumentParser(
        prog="contact-center record",
        description="Write contact-events and routing-events of a workspace into a file for"
        " `contact-center replay --log`. Nothing personal is in clear in it.",
    )
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")
    parser.add_argument("--workspace", help="whose log (default: WORKSPACE, or main)")
    parser.add_argument("--to-offset", type=int, help="the last record, included")
    parser.add_argument("--note", default="", help="what it is, for those who replay it")
    given = parser.parse_args(argv)
    configure_logs("record", "record", "ERROR")
    if given.to.exists():
        print(f"{given.to} is there already")
        return REFUSED
    return attempted(lambda settings: _record(settings, given))


async def _record(settings: CommandSettings, given: argparse.Namespace) -> int:
    reader = LogReader(settings)
    try:
        await reader.start((INPUT, OUTPUT))
        flow = LogFlow(reader)
        end = None if given.to_offset is None else given.to_offset + 1
        stretch = await flow.stretch(given.workspace or settings.workspace, 0, end)
        about = About(
            workspace=stretch.workspace,
            partition=stretch.partition,
            first_offset=stretch.first,
            note=given.note[:500],
        )
        writer = LogWriter(given.to, about)
        async for item in flow.items(stretch):
            writer.write(item)
        writer.close()
    finally:
        await reader.stop()
    size = given.to.stat().st_size
    print(f"{given.to}: {writer.records:,} records, {writer.steps:,} steps, {size:,} bytes")
    if stretch.first:
        print(f"the log begins at offset {stretch.first}: a replay needs a snapshot from there")
    return DONE if writer.records else REFUSED
