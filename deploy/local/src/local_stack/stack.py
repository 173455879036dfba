"""A whole contact center on this machine, as a library: for `make up`, the demo, tests, benches."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

from local_stack.data_folder import keep_older_logs, owned, prepare
from local_stack.databases import create_database, drop_database
from local_stack.errors import StackError
from local_stack.generated_secrets import issuer_key_file, secret
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.ports import LOOPBACK, free_ports, is_open, require_free
from local_stack.readiness import answer_of, answers_ok, scheme_of, trust_of
from local_stack.services import (
    DEFAULTS,
    FILES,
    SERVICES,
    SMTP_SINK,
    Service,
    free_service_ports,
    service_called,
    service_program,
    sink_program,
)
from local_stack.supervisor import Say, Supervisor
from local_stack.topics import create_topics, delete_topics, registered_topics

__all__ = ["FILES", "Stack", "without_servers"]

DATABASE = "contact_center"
APPLY_SECONDS = 60.0


class Stack:
    """Kafka, Postgres, every service and a mail sink, under supervision.

    `ports` None takes free ones. `environ` may name a Kafka and a Postgres to use
    instead of embedded ones (see `without_servers`); a `temporary` stack then has a
    database of its own there, and drops it and the topics under its prefix at the end.
    `services` None is all of them.
    `settings` adds to what a service is started with, by service name. `parts` kills,
    pauses, stops, restarts one part by its name (kafka, postgres, smtp-sink, crm, desk,
    desk-2 …) and reads its log. Every method blocks, and may be called from any thread;
    from a coroutine use `asyncio.to_thread`.
    """

    def __init__(
        self,
        data: Path,
        *,
        ports: Mapping[str, int] | None = None,
        environ: Mapping[str, str] = os.environ,
        services: Sequence[str] | None = None,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        topic_prefix: str | None = None,
        workspace: str | None = None,
        apply_rules: bool = True,
        policy: Path = FILES / "policy.yaml",
        roster: Path = FILES / "roster.yaml",
        temporary: bool = False,
        durable: bool = False,
        say: Say = lambda _: None,
    ) -> None:
        self.data = data
        self.ports = dict(ports) if ports else free_service_ports()
        self.topic_prefix = (
            environ.get("TOPIC_PREFIX", "") if topic_prefix is None else topic_prefix
        )
        self.workspace = workspace or environ.get("WORKSPACE") or "main"
        self._environ = environ
        wanted = [service.name for service in SERVICES] if services is None else services
        self._services = [service for service in SERVICES if service.name in wanted]
        self._settings = dict(settings or {})
        self.policy, self.roster = policy, roster
        self._rules = {"policy": policy, "roster": roster} if apply_rules else {}
        self._say = say
        self._temporary_database = f"stack_{token_hex(6)}" if temporary else None
        self.parts = Supervisor(data / "run", say)
        self._instances: dict[str, Service] = {}
        self._closing = ExitStack()
        self._is_ours = False
        self._infrastructure = Infrastructure(
            data,
            home=home(environ),
            ports=InfrastructurePorts(
                kafka=self.ports["kafka"],
                kafka_controller=self.ports["kafka.controller"],
                postgres=self.ports["postgres"],
            ),
            environ=environ,
            durable=durable,
        )
        self._database_url = ""

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def claim(self) -> None:
        """Take the data folder for this process; AlreadyRunning when another has it."""
        if not self._is_ours:
            self._closing.enter_context(owned(self.data))
            self._is_ours = True

    def start(self) -> None:
        """Start everything and return when every part is ready; what was started ends on error."""
        try:
            self.claim()
            self.parts.end_leftovers()
            prepare(self.data, self._say)
            keep_older_logs(self.data / "logs")
            self._require_free_ports()
            self._start_infrastructure()
            self._start_services()
            self._apply_policy_and_roster()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, the intake first and Kafka and Postgres last."""
        intake = [name for name, service in self._instances.items() if service.is_intake]
        rest = [name for name in self._instances if name not in intake]
        self.parts.stop_together(intake)
        self.parts.stop_together(rest)
        try:
            self._leave_nothing()
        finally:
            self.parts.stop_all()
            self._closing.close()
            self._is_ours = False

    def add_replica(self, service: str) -> str:
        """Start one more replica on free ports; return its name, such as `desk-2`, when ready."""
        number = 2
        while (instance := f"{service}-{number}") in self._instances:
            number += 1
        kind = service_called(service)
        taken = free_ports(len(kind.listens))
        self.ports |= {
            f"{instance}.{setting}": port for setting, port in zip(kind.listens, taken, strict=True)
        }
        self._launch(kind, instance)
        self.parts.wait_ready(instance)
        return instance

    def address(self, key: str) -> str:
        """Return host:port for a key such as `desk.GRPC_PORT`, `kafka` or `smtp-sink`."""
        return f"{LOOPBACK}:{self.ports[key]}"

    def admin_url(self, instance: str, path: str = "/metrics") -> str:
        """Return a URL of a service's admin server."""
        server = self.address(f"{instance}.ADMIN_PORT")
        return f"{scheme_of(self._environment_of(instance))}://{server}{path}"

    @property
    def kafka_bootstrap_servers(self) -> str:
        return self._infrastructure.kafka_bootstrap_servers

    @property
    def kafka_data(self) -> Path:
        """Where the embedded broker keeps its log segments."""
        return self.data / "kafka"

    @property
    def mails(self) -> Path:
        """Where the mails that were sent out are kept, one .eml file each."""
        return self.data / "mails"

    @property
    def database_url(self) -> str:
        """The services' database; empty before the start."""
        return self._database_url

    def instances(self) -> list[str]:
        """Return the names of the replicas of services, in the order they were started."""
        return list(self._instances)

    def environment(self) -> dict[str, str]:
        """Return what services and commands need to reach this stack, secrets among it."""
        peers = self.address("crm.GRPC_PORT")
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
            "DATABASE_URL": self._database_url,
            "TOPIC_PREFIX": self.topic_prefix,
            "WORKSPACE": self.workspace,
            "KEY_SERVICE_ADDRESS": peers,
            "CUSTOMER_SERVICE_ADDRESS": peers,
            "DESK_ADDRESS": self.address("desk.GRPC_PORT"),
            "ROUTER_ADDRESS": self.address("router.GRPC_PORT"),
            "CHAT_URL": f"ws://{self.address('ingest-digital.CHAT_PORT')}/v1/chat",
            "ADDRESS_TOKEN_SECRET": secret(self.data, "address_token_secret"),
            "DEVELOPMENT_ISSUER_KEY_FILE": str(issuer_key_file(self.data)),
            "VOICE_DATA_DIR": str(self.data / "services" / "ingest-voice"),
            "ROUTER_DATA_DIR": str(self.data / "services" / "router"),
        }

    def secret(self, setting: str) -> str:
        """Return a generated secret by its setting, such as CHAT_IDENTITY_SECRET."""
        return secret(self.data, setting.lower())

    def run(self, *arguments: str, within: float = APPLY_SECONDS) -> str:
        """Run a `contact-center` verb against this stack and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "local_stack.cli", *arguments],
            env={**self._environ, **self.environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise StackError(f"contact-center {' '.join(arguments)} failed: {said}")
        return done.stdout

    def _require_free_ports(self) -> None:
        needed = self._infrastructure.taken() | {"mail sink": self.ports[SMTP_SINK]}
        for service in self._services:
            for setting in service.listens:
                key = f"{service.name}.{setting}"
                needed[key] = self.ports[key]
        require_free(needed)

    def _start_infrastructure(self) -> None:
        self._infrastructure.require_named()
        if self._infrastructure.embedded:
            self._say(f"starting {' and '.join(self._infrastructure.embedded)}")
        self._infrastructure.start(self.parts)
        server = self._infrastructure.database_url
        is_embedded = "postgres" in self._infrastructure.embedded
        name = DATABASE if is_embedded else self._temporary_database
        self._database_url = create_database(server, name) if name else server
        create_topics(self.kafka_bootstrap_servers, registered_topics(), self.topic_prefix)

    def _leave_nothing(self) -> None:
        """Remove what a temporary stack made on servers that are not its own."""
        if not (self._temporary_database and self._database_url):
            return
        if "postgres" not in self._infrastructure.embedded:
            drop_database(self._infrastructure.database_url, self._temporary_database)
        if "kafka" not in self._infrastructure.embedded and self.topic_prefix:
            delete_topics(self.kafka_bootstrap_servers, self.topic_prefix)
        self._database_url = ""

    def _start_services(self) -> None:
        self._say(f"starting {', '.join([SMTP_SINK, *(each.name for each in self._services)])}")
        self.parts.launch(
            SMTP_SINK,
            lambda: sink_program(
                self.data, port=self.ports[SMTP_SINK], environment=dict(self._environ)
            ),
            lambda: is_open(LOOPBACK, self.ports[SMTP_SINK]),
        )
        for service in self._services:
            self._launch(service, service.name)
        for name in self.parts.names():
            self.parts.wait_ready(name)

    def _launch(self, service: Service, instance: str) -> None:
        self._instances[instance] = service
        tls = trust_of(told := self._environment_of(instance))
        self.parts.launch(
            instance,
            lambda: service_program(service, instance, data=self.data, environment=told),
            lambda: answers_ok(self.admin_url(instance, "/readyz"), tls),
            lambda: answer_of(self.admin_url(instance, "/readyz"), tls),
        )

    def _environment_of(self, instance: str) -> dict[str, str]:
        service = self._instances[instance]
        ports = {setting: str(self.ports[f"{instance}.{setting}"]) for setting in service.listens}
        return {
            **DEFAULTS,
            **self._environ,
            **self.environment(),
            "SMTP_RELAY": self.address(SMTP_SINK),
            **{name: secret(self.data, name.lower()) for name in service.secrets},
            **ports,
            **self._settings.get(service.name, {}),
        }

    def _apply_policy_and_roster(self) -> None:
        for verb, file in self._rules.items():
            self._say(self.run(verb, "apply", str(file)).strip())


def without_servers(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment without the servers it may name, so that both are embedded."""
    named = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL")
    return {name: value for name, value in environ.items() if name not in named}
