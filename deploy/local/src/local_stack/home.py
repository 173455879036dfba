"""Where the stack keeps its data: one cache folder per user."""

import os
from collections.abc import Mapping
from pathlib import Path

from local_stack.errors import StackError


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return CONTACT_CENTER_HOME, else contact-center in the user's cache folder; it exists."""
    chosen = environ.get("CONTACT_CENTER_HOME")
    folder = Path(chosen).expanduser() if chosen else _cache(environ) / "contact-center"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StackError(
            f"cannot create {folder} ({error.strerror}): "
            "set CONTACT_CENTER_HOME to a folder that you may write to"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StackError(
            f"{folder} is not writable: set CONTACT_CENTER_HOME to a folder that you may write to"
        )
    return folder.resolve()


def _cache(environ: Mapping[str, str]) -> Path:
    explicit = environ.get("XDG_CACHE_HOME")
    if explicit:
        return Path(explicit)
    user = environ.get("HOME")
    if not user:
        raise StackError("HOME is not set: set CONTACT_CENTER_HOME to a folder for the data")
    return Path(user) / ".cache"
