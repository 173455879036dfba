"""Prints the Secrets of a new installation, with fresh values: make_secrets.py dev|prod.

For `kubectl create -f -`, which leaves those alone that are there. Keep a copy of `crm-master-key`
apart from every database: without it all sealed texts are lost.
"""

import base64
import json
import secrets
import sys
import time
from typing import Any

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

DATABASE = "contact_center"
NAMESPACE = "contact-center"
# Where Postgres is; production encrypts, and checks whom it speaks with.
SERVERS = {
    "dev": "postgres:5432/{database}",
    "prod": "postgres-rw:5432/{database}?sslmode=verify-full",
}
ISSUER = "http://127.0.0.1:8099"
AUDIENCE = "contact-center"
TOKEN_SECONDS = 365 * 86_400
# The people of the demo's roster.
AGENTS = ("ana", "bob", "cem", "dia", "eva", "finn")
SERVICES = (
    "analytics",
    "crm",
    "desk",
    "ingest-digital",
    "ingest-voice",
    "router",
    "self-service",
)
WITH_DATABASE = ("analytics", "crm", "ingest-digital", "ingest-voice", "self-service")

Object = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Print them; 2 for a wrong call."""
    if len(arguments) != 1 or arguments[0] not in SERVERS:
        print(__doc__, file=sys.stderr)
        return 2
    print(yaml.safe_dump_all(made(arguments[0]), sort_keys=False), end="")
    return 0


def made(overlay: str) -> list[Object]:
    """Return every Secret that the overlay names and that nothing in the cluster makes."""
    master_key = base64.b64encode(secrets.token_bytes(32)).decode()
    found = [
        _secret("contact-center", {"address-token-secret": _random()}),
        _secret("crm-master-key", {"key": master_key}),
        _secret(
            "ingest-digital",
            {"signing-secret": _random(), "chat-identity-secret": _random()},
        ),
        *(_database(service, SERVERS[overlay]) for service in WITH_DATABASE),
    ]
    if overlay == "dev":
        return [*found, _secret("postgres", {"password": _random()}), _issuer()]
    scaler = {"sasl": "scram_sha512", "username": "keda", "tls": "enable"}
    clients = [_secret(f"{name}-oidc", {"client-secret": _random()}) for name in SERVICES]
    return [*found, *clients, _secret("keda-kafka", scaler)]


def _issuer() -> Object:
    """Return tokens for a year, and the keys that prove them; what signed them is forgotten."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "dev", "use": "sig"}
    people = {f"agent-{name}": ("agent", name, "main") for name in AGENTS}
    tokens = people | {
        "service": ("service", "service", "*"),
        "supervisor": ("supervisor", "supervisor", "main"),
    }
    signed = {name: _token(key, *whose) for name, whose in tokens.items()}
    return _secret("issuer", {"jwks.json": json.dumps({"keys": [public]}), **signed})


def _token(key: ec.EllipticCurvePrivateKey, role: str, subject: str, workspace: str) -> str:
    now = int(time.time())
    content = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "workspace": workspace,
        "roles": [role],
    }
    return jwt.encode(content, key, "ES256", headers={"kid": "dev"})


def _database(service: str, server: str) -> Object:
    user, password = service.replace("-", "_"), _random()
    where = server.format(database=DATABASE)
    secret = _secret(
        f"{service}-database",
        {
            "username": user,
            "password": password,
            "url": f"postgresql://{user}:{password}@{where}",
        },
    )
    # The form in which an operator takes a role's password over, also when it changes.
    secret["type"] = "kubernetes.io/basic-auth"
    secret["metadata"]["labels"]["cnpg.io/reload"] = "true"
    return secret


def _secret(name: str, content: dict[str, str]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/part-of": "contact-center"},
        },
        "stringData": content,
    }


def _random() -> str:
    return secrets.token_urlsafe(32)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
