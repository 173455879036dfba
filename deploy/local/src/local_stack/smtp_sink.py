"""Takes every mail that the local stack sends and keeps it as a file, as a person would read it."""

import argparse
import itertools
import logging
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 1_000
MESSAGE_BYTES = 40_000_000
log = logging.getLogger(__name__)


class Keeper:
    """Writes each accepted mail to <folder>/<time>-<number>.eml, keeping the newest."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self._folder = folder
        self._kept = kept
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Answer 250 only after the file is whole."""
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 the mail is not bytes"
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {recipients}\r\n"
        name = f"{time.time_ns():020d}-{next(self._numbers):04d}.eml"
        scratch = self._folder / f".{name}"
        scratch.write_bytes(head.encode() + content)
        scratch.replace(self._folder / name)
        log.info("kept a mail in %s", name)
        for old in sorted(self._folder.glob("*.eml"))[: -self._kept]:
            old.unlink(missing_ok=True)
        return "250 kept"


def sink(folder: Path, *, host: str, port: int) -> Controller:
    """Return the server, to be started and stopped by the caller."""
    return Controller(
        Keeper(folder), hostname=host, port=port, data_size_limit=MESSAGE_BYTES, timeout=30
    )


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--folder", type=Path, required=True)
    chosen = arguments.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # It would log every address and line of the conversation.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    over = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server = sink(chosen.folder, host=chosen.host, port=chosen.port)
    server.start()
    over.wait()
    server.stop()


if __name__ == "__main__":
    main()
