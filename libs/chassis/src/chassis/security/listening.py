"""Where a server may listen, and under which protection."""

import ipaddress

from chassis.settings import ServiceSettings


class UnsafeSettings(Exception):
    """The process would be open to those whom it should keep out: it does not start."""


def check_listening(settings: ServiceSettings, host: str, what: str) -> None:
    """Refuse, by UnsafeSettings, an address that others can reach without protection.

    Half of what TLS needs is refused everywhere: who gave it does not mean to speak in clear.
    """
    if settings.tls_cert_file is None and (settings.tls_key_file or settings.tls_client_ca_file):
        raise UnsafeSettings(
            f"{what} would speak in clear: TLS_KEY_FILE and TLS_CLIENT_CA_FILE do nothing "
            "without TLS_CERT_FILE"
        )
    if is_loopback(host):
        return
    if settings.development_issuer_key_file is not None:
        raise UnsafeSettings(
            f"{what} listens on {host}, but tokens of the development issuer count only on "
            "loopback: unset DEVELOPMENT_ISSUER_KEY_FILE and set OIDC_ISSUER"
        )
    if settings.tls_cert_file is None and not settings.tls_terminated_in_front:
        raise UnsafeSettings(
            f"{what} listens on {host} without TLS: set TLS_CERT_FILE and TLS_KEY_FILE, or "
            "TLS_TERMINATED_IN_FRONT=true where something in front of it encrypts"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
