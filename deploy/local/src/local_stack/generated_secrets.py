"""Secrets of a local stack: generated once, kept in its data folder, readable by its user only."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from chassis.security import DevelopmentIssuer

BYTES = 32


def issuer_key_file(data: Path) -> Path:
    """Return the key of the stack's development issuer, made at the first call."""
    file = data / "secrets" / "development_issuer.pem"
    DevelopmentIssuer.make(file)
    return file


def secret(data: Path, name: str) -> str:
    """Return the secret of this name, made at the first call."""
    folder = data / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / name
    if not file.exists():
        scratch = folder / f"{name}.{os.getpid()}"
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(BYTES))
        # Linking fails when another process was first: then its secret counts.
        with suppress(FileExistsError):
            file.hardlink_to(scratch)
        scratch.unlink()
    return file.read_text()
