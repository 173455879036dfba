"""Who we are at the broker, and what it says when that does not suffice."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
)

from chassis.errors import NotAllowed
from chassis.security.client_tls import ClientTls
from chassis.settings import ServiceSettings

FORBIDDEN = (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
)


def login(settings: ServiceSettings) -> Mapping[str, Any]:
    """Options of every client: where the broker is, and how we show who we are."""
    protocol = settings.kafka_security_protocol
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": protocol,
    }
    if protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(settings)
    if protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        }
    return options


def tls_context(settings: ServiceSettings) -> ssl.SSLContext:
    """The broker must prove its name; what we show it is read again for each connection."""
    return ClientTls(settings.kafka_ca_file, settings.kafka_cert_file, settings.kafka_key_file)


@contextmanager
def named_refusals(settings: ServiceSettings, what: str) -> Iterator[None]:
    """Turn a refusal of the broker into NotAllowed, which says who may not do what."""
    try:
        yield
    except FORBIDDEN as error:
        raise not_allowed(settings, what, error) from error


def not_allowed(settings: ServiceSettings, what: str, error: BaseException) -> NotAllowed:
    """The refusal in words."""
    user = settings.kafka_sasl_username or "an unnamed user"
    subject = f" ({error})" if str(error) else ""
    return NotAllowed(
        f"Kafka does not let {user} {what}: {type(error).__name__}{subject}; "
        "see its ACLs and proto/topics.yaml"
    )
