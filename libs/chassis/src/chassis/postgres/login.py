"""Who we are at Postgres, and who it must prove to be."""

from typing import Any

from chassis.security.client_tls import ClientTls
from chassis.settings import ServiceSettings


def login(settings: ServiceSettings) -> dict[str, Any]:
    """Options of every connection.

    Where an authority is named: encrypted, and only to who the URL names.
    """
    options: dict[str, Any] = {"dsn": settings.database_url.get_secret_value()}
    if password := settings.database_password.get_secret_value():
        options["password"] = password
    if settings.database_ca_file is not None:
        options["ssl"] = ClientTls(settings.database_ca_file)
    return options
