"""Asks a service over HTTP how it is."""

import http.client
import urllib.error
import urllib.request

ANSWER_SECONDS = 3.0
# A service asks each of its checks for three seconds.
PATIENT_SECONDS = 10.0
MAX_BYTES = 4096


def answers_ok(url: str) -> bool:
    """Say whether the URL answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as response:  # noqa: S310
            return bool(response.status == http.HTTPStatus.OK)
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False


def answer_of(url: str) -> str:
    """Return what the URL answers, with whatever status; empty when it does not."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENT_SECONDS) as response:  # noqa: S310
            return str(response.read(MAX_BYTES).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return error.read(MAX_BYTES).decode(errors="replace")
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return ""
