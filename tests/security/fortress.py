"""A broker and a database with TLS, a user for each service, and the rights of production."""

import importlib.util
import os
import re
import secrets
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import trustme
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography.hazmat.primitives import serialization

from chassis.kafka import TopicSpec, ensure_topics, login
from chassis.settings import ServiceSettings
from local_stack.blocking import blocking
from local_stack.home import home
from local_stack.kafka import kafka_program
from local_stack.ports import LOOPBACK, free_ports, is_open
from local_stack.postgres import postgres_program
from local_stack.protection import ADMIN, Protection
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from local_stack.supervisor import Supervisor
from local_stack.topics import registered_topics
from tests.security.tls_in_front import TlsInFront
from tests.security.tls_postgres import system_binaries, tls_postgres_program

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "contact_center"
# Who comes without a certificate of ours does not get in there: only services do.
CALLED_BY_SERVICES = ("crm",)
SCHEMAS = ("analytics", "crm", "ingest_digital", "ingest_voice", "self_service")
# Of Kafka's protocol.
TOPIC, GROUP = 2, 3
PATTERNS = {"literal": 3, "prefix": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8}
ALLOW = 3
ALLOWED = re.compile(
    r"Principal = User:(\S+) is Allowed operation = (\w+) .* "
    r"on resource = (?:Topic|Group):LITERAL:(\S+)"
)


class Fortress:
    """Where the servers are, and who is who there."""

    def __init__(self, folder: Path) -> None:
        self.kafka_port, self._controller_port, self.postgres_port, self._bare_port = free_ports(4)
        self.users = kafka_users()
        self.passwords = {name: secrets.token_hex(12) for name in (ADMIN, *self.users, *SCHEMAS)}
        self.authority = folder / "ca.pem"
        self.postgres_binaries = system_binaries()
        self._folder = folder
        self._ca = trustme.CA()
        self._tls: TlsInFront | None = None
        self._protection = self._protect()

    def start(self, parts: Supervisor) -> None:
        """Start both, and give everybody their rights."""
        parts.launch("kafka", self._kafka, lambda: is_open(LOOPBACK, self.kafka_port))
        own = self.postgres_port if self.postgres_binaries else self._bare_port
        parts.launch("postgres", self._postgres, lambda: is_open(LOOPBACK, own))
        for name in ("postgres", "kafka"):
            parts.wait_ready(name)
        if self.postgres_binaries is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._protection.keystore)
            self._tls = TlsInFront(self.postgres_port, self._bare_port, context)
            self._tls.start()
        blocking(self._settle)

    def stop(self) -> None:
        """Close the door; the servers are the supervisor's."""
        if self._tls is not None:
            self._tls.stop()

    def environment(self, user: str, schema: str = "") -> dict[str, str]:
        """How a service is told who it is."""
        settings = {
            "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{self.kafka_port}",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": self.passwords[user],
            "KAFKA_CA_FILE": str(self.authority),
            "DATABASE_CA_FILE": str(self.authority),
            "TLS_CERT_FILE": str(self._protection.keystore),
            "TLS_KEY_FILE": str(self._protection.keystore),
            "TLS_CA_FILE": str(self.authority),
        }
        if user in CALLED_BY_SERVICES:
            settings["TLS_CLIENT_CA_FILE"] = str(self.authority)
        if schema:
            settings["DATABASE_URL"] = self.database_url(schema)
        return settings

    def rights_used(self) -> set[tuple[str, str, str]]:
        """Who did what on which topic or group, as the broker's authorizer allowed it so far."""
        log = (self._folder / "kafka.log").read_text(errors="replace")
        return {found.groups() for found in ALLOWED.finditer(log)}

    @property
    def client_credentials(self) -> grpc.ChannelCredentials:
        """Of a client that has a certificate of ours."""
        pem = self._protection.keystore.read_bytes()
        return grpc.ssl_channel_credentials(self.authority.read_bytes(), pem, pem)

    def settings(self, user: str, schema: str = "crm", **more: Any) -> ServiceSettings:
        """The same for a part of a service in this process."""
        told = {name.lower(): value for name, value in self.environment(user, schema).items()}
        return ServiceSettings(**{**told, "start_timeout_seconds": 10.0, **more})

    def database_url(self, role: str, database: str = DATABASE) -> str:
        return (
            f"postgresql://{role}:{self.passwords[role]}@{LOOPBACK}:{self.postgres_port}/{database}"
        )

    @property
    def admin_url(self) -> str:
        """Of the superuser."""
        secret = self.passwords[ADMIN]
        place = f"{LOOPBACK}:{self.postgres_port}/postgres"
        return f"postgresql://contact_center:{secret}@{place}?sslmode=require"

    def _kafka(self) -> Any:
        return kafka_program(
            self._folder / "kafka",
            home=home(),
            port=self.kafka_port,
            controller_port=self._controller_port,
            log=self._folder / "kafka.log",
            protection=self._protection,
            log_settings=[Path(__file__).with_name("authorizer-log.properties")],
        )

    def _postgres(self) -> Any:
        if self.postgres_binaries is not None:
            return tls_postgres_program(
                self._folder / "postgres",
                binaries=self.postgres_binaries,
                port=self.postgres_port,
                password=self.passwords[ADMIN],
                log=self._folder / "postgres.log",
                pem=self._protection.keystore,
            )
        return postgres_program(
            self._folder / "postgres",
            port=self._bare_port,
            password=self.passwords[ADMIN],
            log=self._folder / "postgres.log",
            durable=False,
        )

    def _protect(self) -> Protection:
        issued = self._ca.issue_cert(LOOPBACK, "localhost")
        key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
        pkcs8 = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        keystore = self._folder / "keystore.pem"
        keystore.write_bytes(pkcs8 + b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        keystore.chmod(0o600)
        self.authority.write_bytes(self._ca.cert_pem.bytes())
        return Protection(
            keystore=keystore,
            authority=self.authority,
            passwords={name: self.passwords[name] for name in (ADMIN, *self.users)},
        )

    async def _settle(self) -> None:
        admin = self.settings(ADMIN, "crm", start_timeout_seconds=60.0)
        topics = [
            TopicSpec(topic.name, topic.partitions, config=topic.configs)
            for topic in registered_topics()
        ]
        await ensure_topics(admin, topics)
        await self._allow(admin)
        await self._make_roles()

    async def _allow(self, admin: ServiceSettings) -> None:
        client = AIOKafkaAdminClient(**login(admin))
        await client.start()
        try:
            for user, rules in self.users.items():
                for rule in rules:
                    for request in _requests(user, rule):
                        answer = await client._send_request(request)
                        assert all(code == 0 for code, *_ in answer.creation_responses), answer
        finally:
            await client.close()

    async def _make_roles(self) -> None:
        server = await asyncpg.connect(self.admin_url, timeout=30)
        await server.execute(f"CREATE DATABASE {DATABASE}")
        await server.close()
        inside = self.admin_url.replace("/postgres?", f"/{DATABASE}?")
        database = await asyncpg.connect(inside, timeout=30)
        for role in SCHEMAS:
            await database.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self.passwords[role]}'")
            await database.execute(f"CREATE SCHEMA {role} AUTHORIZATION {role}")
        await database.close()


@contextmanager
def fortress() -> Iterator[Fortress]:
    """Both servers at work."""
    with run_folder(home()) as folder:
        found = Fortress(folder)
        parts = Supervisor(folder / "run")
        try:
            found.start(parts)
            yield found
            found.stop()
        finally:
            parts.stop_all()


def run_command(servers: Fortress, stack: Stack, user: str, *arguments: str) -> None:
    """Run a `contact-center` verb as that user of Kafka."""
    done = subprocess.run(
        [sys.executable, "-m", "local_stack.cli", *arguments],
        env={**os.environ, **stack.environment(), **servers.environment(user)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def kafka_users() -> dict[str, list[Any]]:
    """Each user's ACLs, from what production is given."""
    path = ROOT / "deploy/k8s/kafka_resources.py"
    spec = importlib.util.spec_from_file_location("kafka_resources", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    register = yaml.safe_load((ROOT / "proto/topics.yaml").read_text())
    return {
        user["metadata"]["name"]: user["spec"]["authorization"]["acls"]
        for user in module.kafka_users(register)
    }


def _requests(user: str, rule: Any) -> Iterator[CreateAclsRequest]:
    resource = rule["resource"]
    for operation in rule["operations"]:
        yield CreateAclsRequest(
            {"topic": TOPIC, "group": GROUP}[resource["type"]],
            resource["name"],
            PATTERNS[resource["patternType"]],
            f"User:{user}",
            rule["host"],
            OPERATIONS[operation],
            ALLOW,
        )
