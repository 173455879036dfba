"""Files in a content-addressed store: a folder, or anything that fsspec reaches."""

import asyncio
import os
import re
import secrets
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]

from chassis.errors import Unavailable
from ingest_digital.adapters.vault import KeyVault
from ingest_digital.domain.words import ContactKey, Sealed

PURPOSE = "Attachment.bytes"
NONCE_BYTES = 12
_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class SealedFiles:
    """A file is `<workspace>/<key id>/<sha256>`: nonce, then ciphertext, under the key of that id.

    The key's id is part of the name, because the same bytes of two customers must not share a
    key: destroying one customer's key leaves the other's file readable.
    """

    def __init__(self, url: str, workspace: str, vault: KeyVault) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._is_local = "file" in _protocols(self._fs)
        self._workspace = workspace
        self._vault = vault

    async def put(self, key: ContactKey, sha256: str, plain: bytes) -> None:
        """Return when the sealed bytes will survive a crash; Unavailable when they cannot."""
        try:
            await asyncio.to_thread(self._put, key, sha256, plain)
        except OSError as error:
            raise Unavailable(f"attachment store: {type(error).__name__}") from error

    async def get(self, key_id: str, sha256: str) -> bytes | None:
        """The plain bytes; None when they are not there or their key is destroyed."""
        try:
            stored = await asyncio.to_thread(self._fs.cat_file, self._path(key_id, sha256))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"attachment store: {type(error).__name__}") from error
        sealed = Sealed(key_id, stored[:NONCE_BYTES], stored[NONCE_BYTES:])
        return await self._vault.open_bytes(sealed, PURPOSE)

    def _put(self, key: ContactKey, sha256: str, plain: bytes) -> None:
        path = self._path(key.key_id, sha256)
        if self._fs.exists(path):
            return
        sealed = self._vault.seal_bytes(key, PURPOSE, plain)
        content = sealed.nonce + sealed.ciphertext
        if self._is_local:
            _write_durably(Path(path), content)
        else:
            # Object stores show an object only when it is whole.
            self._fs.pipe_file(path, content)

    def _path(self, key_id: str, sha256: str) -> str:
        parts = (self._workspace, key_id, sha256)
        if not all(_SAFE.fullmatch(part) and part.strip(".") for part in parts):
            raise ValueError("a workspace or key id that is no file name")
        return "/".join((self._root.rstrip("/"), *parts))


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        scratch.rename(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
