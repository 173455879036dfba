"""How we call others by TLS, from files that are read again when they change."""

import logging
import ssl
from pathlib import Path
from typing import Any, Self

from chassis.security.changed_files import Files

log = logging.getLogger(__name__)


class ClientTls(ssl.SSLContext):
    """They must prove their name to the given authority, or to one of the system's.

    Each new connection is made with what the files hold then, our own certificate among it;
    while only half of a pair is new, the old one is shown.
    """

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Made like any context of a client; the arguments are ours."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(
        self, authority: Path | None, cert: Path | None = None, key: Path | None = None
    ) -> None:
        self._authority, self._cert, self._key = authority, cert, key
        self._files = Files(authority, cert, key)
        self._files.have_changed()
        self._current = self._read()

    def wrap_bio(self, *args: Any, **more: Any) -> ssl.SSLObject:
        """What asyncio asks for, once for each connection."""
        return self._newest().wrap_bio(*args, **more)

    def wrap_socket(self, *args: Any, **more: Any) -> ssl.SSLSocket:
        """What blocking clients ask for."""
        return self._newest().wrap_socket(*args, **more)

    def _newest(self) -> ssl.SSLContext:
        if self._files.have_changed():
            try:
                self._current = self._read()
            except (OSError, ssl.SSLError):
                log.warning("certificate not taken up")
        return self._current

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._authority)
        if self._cert is not None:
            context.load_cert_chain(self._cert, self._key)
        return context
