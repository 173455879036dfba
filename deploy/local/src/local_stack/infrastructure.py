"""Kafka and Postgres of one data folder: the embedded ones, or those that the settings name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.databases import require_database
from local_stack.generated_secrets import secret
from local_stack.kafka import kafka_answers, kafka_program
from local_stack.ports import LOOPBACK
from local_stack.postgres import database_url, postgres_answers, postgres_program
from local_stack.supervisor import Supervisor
from local_stack.topics import require_kafka


@dataclass(frozen=True, slots=True, kw_only=True)
class InfrastructurePorts:
    kafka: int
    kafka_controller: int
    postgres: int


class Infrastructure:
    """One broker and one database server, each embedded unless the environment names one."""

    def __init__(
        self,
        data: Path,
        *,
        home: Path,
        ports: InfrastructurePorts,
        environ: Mapping[str, str],
        durable: bool = True,
    ) -> None:
        self._data = data
        self._home = home
        self._ports = ports
        self._durable = durable
        self.embedded = [
            name
            for name, setting in (
                ("postgres", "DATABASE_URL"),
                ("kafka", "KAFKA_BOOTSTRAP_SERVERS"),
            )
            if not environ.get(setting)
        ]
        self.kafka_bootstrap_servers = (
            environ.get("KAFKA_BOOTSTRAP_SERVERS") or f"{LOOPBACK}:{ports.kafka}"
        )
        self._given_url = environ.get("DATABASE_URL")

    @property
    def database_url(self) -> str:
        """Where the superuser of the embedded server, or the given user, connects."""
        return self._given_url or database_url(self._ports.postgres, self._password())

    def require_named(self) -> None:
        """Raise StackError where a server that the settings name does not answer."""
        if "kafka" not in self.embedded:
            require_kafka(self.kafka_bootstrap_servers)
        if "postgres" not in self.embedded:
            require_database(self.database_url)

    def start(self, supervisor: Supervisor) -> None:
        """Start what is embedded, both at once, and return when both answer."""
        launches = {"postgres": self._launch_postgres, "kafka": self._launch_kafka}
        for name in self.embedded:
            launches[name](supervisor)
        for name in self.embedded:
            supervisor.wait_ready(name)

    def taken(self) -> dict[str, int]:
        """Return the ports that the embedded servers need, by purpose."""
        ports: dict[str, int] = {}
        if "kafka" in self.embedded:
            ports |= {"Kafka": self._ports.kafka, "Kafka controller": self._ports.kafka_controller}
        if "postgres" in self.embedded:
            ports["Postgres"] = self._ports.postgres
        return ports

    def _launch_postgres(self, supervisor: Supervisor) -> None:
        supervisor.launch(
            "postgres",
            lambda: postgres_program(
                self._data / "postgres",
                port=self._ports.postgres,
                password=self._password(),
                log=self._data / "logs" / "postgres.log",
                durable=self._durable,
            ),
            lambda: postgres_answers(self.database_url),
        )

    def _launch_kafka(self, supervisor: Supervisor) -> None:
        supervisor.launch(
            "kafka",
            lambda: kafka_program(
                self._data / "kafka",
                home=self._home,
                port=self._ports.kafka,
                controller_port=self._ports.kafka_controller,
                log=self._data / "logs" / "kafka.log",
            ),
            lambda: kafka_answers(self.kafka_bootstrap_servers),
        )

    def _password(self) -> str:
        return secret(self._data, "postgres_password")
