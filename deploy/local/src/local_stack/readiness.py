"""Asks a service over HTTP how it is."""

import http.client
import urllib.error
import urllib.request

ANSWER_SECONDS = 3.0


def answers_ok(url: str) -> bool:
    """Say whether the URL answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as response:  # noqa: S310
            return bool(response.status == http.HTTPStatus.OK)
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False
