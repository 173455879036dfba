"""The mail server: 250 only after everything of a mail is durable."""

import asyncio
import logging
import ssl
import time
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from chassis.errors import Unavailable
from chassis.part import Part
from chassis.security.listening import check_listening
from chassis.security.tls import WebTls
from ingest_digital import metrics
from ingest_digital.adapters.followers import PolicyFollower
from ingest_digital.domain.words import EntryPoint
from ingest_digital.handlers.mail_in import MailIntake
from ingest_digital.settings import Settings

MAX_RECIPIENTS = 50
COMMANDS_EACH = 500
LONGEST_LINE = 1_048_576
TRY_LATER = "451 4.3.0 not available now, try again later"

TRACER = trace.get_tracer("ingest-digital")
log = logging.getLogger(__name__)


class MailServer(Part):
    """Listens for mails to the mailboxes of the active policy."""

    def __init__(self, settings: Settings, policies: PolicyFollower, intake: MailIntake) -> None:
        self._settings = settings
        self._policies = policies
        self._intake = intake
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._is_draining = False
        self._tls = WebTls(settings)
        self.port = settings.mail_port

    async def start(self) -> None:
        """Listen; `port` is the real one afterwards."""
        # The library logs every command with its addresses.
        logging.getLogger("mail").setLevel(logging.ERROR)
        check_listening(self._settings, self._settings.mail_host, "mail")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connection, self._settings.mail_host, self._settings.mail_port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        log.info("mail server listens", extra={"port": self.port})

    async def drain(self) -> None:
        """No new mails; those whose content is on its way are finished."""
        self._is_draining = True
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*(connection.goodbye() for connection in list(self._connections)))

    async def stop(self) -> None:
        """Cut what is left."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.cut()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only mailboxes that the policy names."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            point = self._policies.mailbox(address)
        except Unavailable:
            return TRY_LATER
        if point is None:
            metrics.MAIL_REFUSED.labels("unknown_mailbox").inc()
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One message for each mailbox; all of them, or "try again"."""
        raw = cast(bytes, envelope.original_content)
        sender = (envelope.mail_from or "").strip("<>")
        began = time.monotonic()
        try:
            with TRACER.start_as_current_span("mail", kind=SpanKind.SERVER):
                for point in self._points(envelope.rcpt_tos):
                    await self._take(raw, sender, point)
        except Unavailable as error:
            metrics.MAILS_IN.labels("try_again").inc()
            log.warning("mail not taken", extra={"error": str(error)})
            return TRY_LATER
        metrics.MAIL_SECONDS.observe(time.monotonic() - began)
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """What nobody thought of: the sender keeps the mail and tries again."""
        metrics.MAILS_IN.labels("error").inc()
        log.error("mail failed", exc_info=error)
        return TRY_LATER

    async def _take(self, raw: bytes, sender: str, point: EntryPoint) -> None:
        outcome, mail = await self._intake.take(raw, sender, point)
        metrics.MAILS_IN.labels(outcome).inc()
        if mail.is_broken:
            metrics.MAIL_DEFECTS.inc()
        if outcome == "other_content":
            metrics.SECURITY.labels("repeated_message_id").inc()
            log.warning("a Message-ID came again with other content", extra={"entry": point.name})

    def _points(self, addresses: list[str]) -> list[EntryPoint]:
        """The mailboxes of recipients who were accepted; Unavailable when one is gone by now."""
        found = {}
        for address in addresses:
            point = self._policies.mailbox(address)
            if point is None:
                # Asked again, the sender hears which one.
                raise Unavailable("a recipient's mailbox is no longer there")
            found[point.name] = point
        return list(found.values())

    def _connection(self) -> asyncio.BaseProtocol:
        if self._is_draining or len(self._connections) >= self._settings.mail_max_connections:
            metrics.MAIL_REFUSED.labels("too_many_connections").inc()
            return _Busy()
        connection = _Connection(self, self._settings, self._tls.context)
        self._connections.add(connection)
        return connection

    def closed(self, connection: "_Connection") -> None:
        """Its place is free again."""
        self._connections.discard(connection)


class _Busy(asyncio.Protocol):
    """Says that there is no place."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = cast(asyncio.Transport, transport)
        line.write(b"421 4.3.2 too busy, try again later\r\n")
        line.close()


class _Connection(SMTP):
    """One SMTP connection, with limits of our own."""

    # Mail programs do send longer lines than the standard's 998.
    line_length_limit = LONGEST_LINE

    def __init__(self, server: MailServer, settings: Settings, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            server,
            data_size_limit=settings.mail_max_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.mail_hostname,
            ident="ready",
            timeout=settings.mail_idle_seconds,
            command_call_limit=COMMANDS_EACH,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            tls_context=tls,
            loop=asyncio.get_running_loop(),
        )
        self._mail_server = server
        self._in_data = asyncio.Lock()

    def connection_lost(self, error: Exception | None) -> None:
        self._mail_server.closed(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:
        async with self._in_data:
            await super().smtp_DATA(arg)

    async def push(self, status: Any) -> None:
        # What this class answers by itself; the mailboxes are counted where they are looked up.
        if isinstance(status, str) and status.startswith(("50", "552", "553")):
            reason = "too_large" if status.startswith("552") else "not_understood"
            metrics.MAIL_REFUSED.labels(reason).inc()
        await super().push(status)

    async def goodbye(self) -> None:
        """Let the content in hand be answered, then say so and close."""
        async with self._in_data:
            if self.transport is not None:
                await self.push("421 4.3.2 the service restarts, try again")
                self.cut()

    def cut(self) -> None:
        """Close the line."""
        if self.transport is not None:
            self.transport.close()
