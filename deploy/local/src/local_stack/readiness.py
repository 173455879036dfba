"""Asks a service over HTTP how it is."""

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping

ANSWER_SECONDS = 3.0
# A service asks each of its checks for three seconds.
PATIENT_SECONDS = 10.0
MAX_BYTES = 4096


def scheme_of(environment: Mapping[str, str]) -> str:
    """Return how a service with these settings is asked: it speaks TLS or not."""
    return "https" if environment.get("TLS_CERT_FILE") else "http"


def trust_of(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """Return whose certificates count when a service with these settings is asked."""
    if scheme_of(environment) == "http":
        return None
    return ssl.create_default_context(cafile=environment.get("TLS_CA_FILE"))


def answers_ok(url: str, tls: ssl.SSLContext | None = None) -> bool:
    """Say whether the URL answers 200."""
    try:
        with urllib.request.urlopen(  # noqa: S310
            url, timeout=ANSWER_SECONDS, context=tls
        ) as response:
            return bool(response.status == http.HTTPStatus.OK)
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False


def answer_of(url: str, tls: ssl.SSLContext | None = None) -> str:
    """Return what the URL answers, with whatever status; empty when it does not."""
    try:
        with urllib.request.urlopen(  # noqa: S310
            url, timeout=PATIENT_SECONDS, context=tls
        ) as response:
            return str(response.read(MAX_BYTES).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return error.read(MAX_BYTES).decode(errors="replace")
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return ""
