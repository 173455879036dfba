"""What libraries print to stderr becomes lines of the log."""

import io
import logging
import sys
from typing import TextIO

MAX_TEXT = 20_000

log = logging.getLogger(__name__)


def log_what_is_printed() -> None:
    """Let nobody but the log write to stderr; for services, whose people read it by machine.

    gRPC's core writes past Python: `chassis` itself silences it, before anybody imports it.
    """
    sys.stderr = Printed(sys.stderr)


class Printed(io.TextIOBase):
    """Stands for stderr: each line that is printed there is logged as an error."""

    def __init__(self, real: TextIO) -> None:
        super().__init__()
        self._real = real
        self._begun = ""
        self._is_logging = False

    def fileno(self) -> int:
        """Of the real one: where a crash is told, and what a child inherits."""
        return self._real.fileno()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Log the lines that are complete; what logging itself prints goes to the real one."""
        if self._is_logging:
            return self._real.write(text)
        *lines, begun = (self._begun + text).split("\n")
        self._begun = begun[-MAX_TEXT:]
        self._is_logging = True
        try:
            for line in filter(str.strip, lines):
                log.error("printed", extra={"detail": line[:MAX_TEXT]})
        finally:
            self._is_logging = False
        return len(text)
