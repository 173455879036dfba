"""An issuer of tokens for one machine: a key in a file that only its user can read."""

import os
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from chassis.security.caller import EVERY_WORKSPACE, SERVICE
from chassis.security.keys import FixedKeys
from chassis.settings import ServiceSettings

ISSUER = "contact-center-development"
AUDIENCE = "contact-center"
SECONDS = 43_200.0


class DevelopmentIssuer:
    """Signs and verifies with one key; a service that trusts it does not leave loopback."""

    issuer = ISSUER

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    @classmethod
    def make(cls, key_file: Path) -> "DevelopmentIssuer":
        """The issuer of that file, which is made if it is missing."""
        if not key_file.exists():
            _write_new_key(key_file)
        return cls(key_file)

    def token(
        self,
        role: str,
        subject: str,
        workspace: str,
        *,
        seconds: float = SECONDS,
        **claims: Any,
    ) -> str:
        """A token for one role in one workspace."""
        now = time.time()
        content = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": int(now),
            "exp": int(now + seconds),
            "workspace": workspace,
            "roles": [role],
            **claims,
        }
        return jwt.encode(content, self._key, "ES256", headers={"kid": self._key_id})

    def service_token(self, name: str, *, seconds: float = SECONDS) -> str:
        """A token for a service, in every workspace."""
        return self.token(SERVICE, name, EVERY_WORKSPACE, seconds=seconds)

    def keys(self) -> FixedKeys:
        """What verifies these tokens."""
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return FixedKeys({self._key_id: jwt.PyJWK({**public, "kid": self._key_id})})

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{self._key_file} holds no elliptic-curve key")
        return key

    @cached_property
    def _key_id(self) -> str:
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        digest = hashes.Hash(hashes.SHA256())
        digest.update(public)
        return digest.finalize().hex()[:16]


def development_token(role: str, subject: str, workspace: str, **more: Any) -> str:
    """A token of the issuer whose key the environment names; ValueError when it names none."""
    key_file = ServiceSettings().development_issuer_key_file
    if key_file is None:
        raise ValueError("DEVELOPMENT_ISSUER_KEY_FILE is not set: no stack runs here")
    return DevelopmentIssuer(key_file).token(role, subject, workspace, **more)


def _write_new_key(key_file: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = key_file.with_name(f"{key_file.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
    try:
        # Linking fails when another process was first: then its key counts.
        key_file.hardlink_to(scratch)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
