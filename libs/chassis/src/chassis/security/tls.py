"""TLS from files that are read again when they change, so that certificates can be rotated."""

import logging
import ssl
from pathlib import Path

import grpc

from chassis.security.changed_files import Files
from chassis.security.listening import UnsafeSettings
from chassis.settings import ServiceSettings

ALPN = ["http/1.1"]

log = logging.getLogger(__name__)


def server_credentials(settings: ServiceSettings) -> grpc.ServerCredentials | None:
    """What a gRPC server shows, looked at for each new connection; None without TLS."""
    if settings.tls_cert_file is None:
        return None
    cert, key, ca = _certificate_files(settings)
    files = Files(cert, key, ca)
    files.have_changed()

    def configuration() -> grpc.ServerCertificateConfiguration:
        pair = (key.read_bytes(), cert.read_bytes())
        return grpc.ssl_server_certificate_configuration([pair], ca.read_bytes() if ca else None)

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        if not files.have_changed():
            return None
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
        except (OSError, ssl.SSLError):
            # Half of a pair was replaced: the old one serves until both are there.
            return None
        return configuration()

    return grpc.dynamic_ssl_server_credentials(configuration(), fetch, ca is not None)


def client_files(settings: ServiceSettings) -> Files:
    """What `channel_credentials` are made of."""
    return Files(settings.tls_ca_file, settings.tls_cert_file, settings.tls_key_file)


def channel_credentials(settings: ServiceSettings) -> grpc.ChannelCredentials | None:
    """How we call a gRPC server; None without TLS."""
    if settings.tls_ca_file is None:
        return None
    cert = key = None
    if settings.tls_cert_file is not None and settings.tls_key_file is not None:
        # Half of a new pair is refused here, with an error that says so.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
            settings.tls_cert_file, settings.tls_key_file
        )
        cert, key = settings.tls_cert_file.read_bytes(), settings.tls_key_file.read_bytes()
    return grpc.ssl_channel_credentials(settings.tls_ca_file.read_bytes(), key, cert)


class WebTls:
    """The context of a web server, which takes up changed files for new connections."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.context: ssl.SSLContext | None = None
        if settings.tls_cert_file is None:
            return
        self._cert, self._key, _ = _certificate_files(settings)
        self._files = Files(self._cert, self._key)
        self._files.have_changed()
        self._current = self._read()
        self.context = self._read()
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: object) -> None:
        """Called in each handshake, also where the client names no host."""
        if self._files.have_changed():
            try:
                self._current = self._read()
            except (OSError, ssl.SSLError):
                # Half of a pair was replaced: the old one serves until both are there.
                log.warning("certificate not taken up")
        connection.context = self._current

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(ALPN)
        context.load_cert_chain(self._cert, self._key)
        return context


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """How we call an HTTPS server: it must prove its name to the given CA, or the system's."""
    return ssl.create_default_context(cafile=ca_file)


def _certificate_files(settings: ServiceSettings) -> tuple[Path, Path, Path | None]:
    if settings.tls_cert_file is None or settings.tls_key_file is None:
        raise UnsafeSettings("TLS_CERT_FILE and TLS_KEY_FILE go together")
    return settings.tls_cert_file, settings.tls_key_file, settings.tls_client_ca_file
