"""`contact-center recording`: find recordings, and open one with its key."""

import argparse
import asyncio
import sys
from pathlib import Path

from chassis.errors import InvalidMessage, Unavailable
from chassis.rpc import GrpcChannel
from chassis.settings import ServiceSettings
from ingest_voice.adapters.key_service import KeyService
from ingest_voice.adapters.recording_file import export_wav, find_recordings, read_header


class RecordingSettings(ServiceSettings):
    """What the command reads of the environment."""

    voice_data_dir: Path = Path("build/data/ingest-voice")
    """Folder of the phone service: its DATA_DIR."""
    key_service_address: str = "127.0.0.1:7306"
    """Where crm's key service is."""


def main(argv: list[str]) -> int:
    """Run the command; 0 when all was well, 1 when not, 3 for a recording that breaks off."""
    parser = argparse.ArgumentParser(
        prog="contact-center recording", description="Recordings of calls."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="the recordings of a contact")
    export = verbs.add_parser("export", help="open a recording as a stereo WAV file")
    for verb in (listing, export):
        verb.add_argument("contact", help="contact id")
        verb.add_argument("--data-dir", type=Path, help="folder of ingest-voice (VOICE_DATA_DIR)")
    export.add_argument("out", type=Path, help="WAV file to write")
    export.add_argument("--number", type=int, default=1, help="which one, if there are several")
    options = parser.parse_args(argv)
    settings = RecordingSettings()
    found = find_recordings(options.data_dir or settings.voice_data_dir, options.contact)
    if not found:
        return _failed("there is no recording of this contact here")
    if options.verb == "list":
        for path in found:
            print(path)
        return 0
    if not 1 <= options.number <= len(found):
        return _failed(f"there are {len(found)} recordings of this contact")
    return _export(found[options.number - 1], options.out, settings)


def _export(path: Path, out: Path, settings: RecordingSettings) -> int:
    try:
        is_whole = asyncio.run(_open(path, out, settings))
    except Unavailable as error:
        return _failed(f"the key service does not answer ({error}): try again")
    except InvalidMessage as error:
        return _failed(str(error))
    print(out)
    if not is_whole:
        print("the recording breaks off before its end", file=sys.stderr)
    return 0 if is_whole else 3


async def _open(path: Path, out: Path, settings: RecordingSettings) -> bool:
    header = read_header(path)
    purpose = f"recording of contact {header.contact_id}"
    channel = GrpcChannel(settings, settings.key_service_address)
    try:
        key = await KeyService(channel, header.workspace).fetch(header.key_id, purpose)
    finally:
        await channel.stop()
    return await asyncio.to_thread(export_wav, path, key, out)


def _failed(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
