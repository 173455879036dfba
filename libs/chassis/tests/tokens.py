"""An issuer that signs whatever a test asks for, also what a good one never would."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://issuer.test"
AUDIENCE = "contact-center"


class TestIssuer:
    """Keys by id, and tokens of them."""

    __test__ = False

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.p384 = ec.generate_private_key(ec.SECP384R1())
        self.weak = rsa.generate_private_key(65537, 1024)
        self.fetched = 0

    async def jwks(self) -> dict[str, Any]:
        self.fetched += 1
        rsa_keys = [self._rsa("r1", self.rsa), self._rsa("weak", self.weak)]
        for_secrets = {**self._rsa("enc", self.rsa), "use": "enc"}
        return {"keys": [*rsa_keys, for_secrets, _ec("e1", self.ec), _ec("e384", self.p384)]}

    def token(
        self,
        *,
        key: Any = None,
        alg: str = "RS256",
        kid: str = "r1",
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        headers = ({"kid": kid} if kid else {}) | (header or {})
        return jwt.encode(self.claims(**claims), key or self.rsa, alg, headers=headers)

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ana",
            "exp": now + 60,
            "workspace": "w1",
            "roles": ["agent"],
        }
        return {k: v for k, v in (claims | changed).items() if v is not None}

    def signed_by_hand(self, header: dict[str, Any], secret: bytes) -> str:
        """HS256 or none, which the library would refuse to make with these keys."""
        parts = [_encoded(json.dumps(part).encode()) for part in (header, self.claims())]
        text = ".".join(parts).encode()
        signature = hmac.new(secret, text, hashlib.sha256).digest() if secret else b""
        return f"{text.decode()}.{_encoded(signature)}"

    def on_another_curve(self) -> str:
        """ES256 with a key of the issuer that is on P-384."""
        header = {"alg": "ES256", "kid": "e384"}
        parts = [_encoded(json.dumps(part).encode()) for part in (header, self.claims())]
        text = ".".join(parts)
        r, s = decode_dss_signature(self.p384.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_encoded(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"

    def public_pem(self) -> bytes:
        return self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def _rsa(self, kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}

    def own_key(self) -> dict[str, Any]:
        """The public key as a token's header may carry it."""
        return self._rsa("r1", self.rsa)


def _ec(kid: str, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid}


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
