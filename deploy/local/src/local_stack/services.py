"""Every service of the contact center: its ports and the settings it is started with."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.ports import LOOPBACK, free_ports
from local_stack.processes import Program

# A service drains for 15 s and stops its parts after; then it is killed.
STOP_SECONDS = 45.0
FILES = Path(__file__).resolve().parents[2]
# What suits one machine, unless the environment says otherwise.
DEFAULTS = {
    "FLOWS_DIR": str(FILES / "flows"),
    # Names are static here: who is restarted at once takes up its partitions at once.
    "KAFKA_STATIC_MEMBERSHIP": "true",
    # Who stops a local stack does not want to wait for a call to end.
    "DRAIN_TIMEOUT_SECONDS": "5",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: `listens` maps a setting to the fixed port of `make up`.

    `secrets` are settings that this service alone gets, generated once.
    """

    name: str
    listens: Mapping[str, int]
    secrets: tuple[str, ...] = ()
    # On a machine that all share, who records gives way to who decides.
    niceness: int = 0
    # Stopped first, while the rest can still finish what it brought in.
    is_intake: bool = False

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")


# In the order they are started: who is asked first, who asks last.
SERVICES = (
    Service(
        name="crm",
        listens={"ADMIN_PORT": 7106, "GRPC_PORT": 7306},
        secrets=("MASTER_KEY",),
        niceness=5,
    ),
    Service(name="router", listens={"ADMIN_PORT": 7103, "GRPC_PORT": 7303}),
    Service(name="self-service", listens={"ADMIN_PORT": 7104}),
    Service(name="desk", listens={"ADMIN_PORT": 7105, "GRPC_PORT": 7305}),
    Service(name="analytics", listens={"ADMIN_PORT": 7107, "GRPC_PORT": 7307}, niceness=5),
    Service(
        name="ingest-digital",
        listens={"ADMIN_PORT": 7102, "CHAT_PORT": 7202, "MAIL_PORT": 7225},
        secrets=("CHAT_IDENTITY_SECRET",),
        is_intake=True,
    ),
    Service(name="ingest-voice", listens={"ADMIN_PORT": 7101, "SIP_PORT": 5070}, is_intake=True),
)
SMTP_SINK = "smtp-sink"
INFRASTRUCTURE_PORTS = {
    "kafka": 7092,
    "kafka.controller": 7093,
    "postgres": 7432,
    SMTP_SINK: 7226,
}


def fixed_ports(offset: int = 0) -> dict[str, int]:
    """Return the ports of `make up`, by key: kafka, postgres, desk.GRPC_PORT and so on."""
    ports = INFRASTRUCTURE_PORTS | {
        f"{service.name}.{setting}": port
        for service in SERVICES
        for setting, port in service.listens.items()
    }
    return {key: port + offset for key, port in ports.items()}


def free_service_ports() -> dict[str, int]:
    """Return free ports under the keys of `fixed_ports`."""
    keys = list(fixed_ports())
    return dict(zip(keys, free_ports(len(keys)), strict=True))


def service_called(name: str) -> Service:
    """Return the service of this name; KeyError when there is none."""
    return {service.name: service for service in SERVICES}[name]


def service_program(
    service: Service, instance: str, *, data: Path, environment: Mapping[str, str]
) -> Program:
    """Return one replica of a service as a program to start."""
    folder = data / "services" / instance
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Program(
        name=instance,
        command=[
            *(("nice", "-n", str(service.niceness)) if service.niceness else ()),
            *(sys.executable, "-m", service.module),
        ],
        log=data / "logs" / f"{instance}.log",
        environment=dict(environment) | {"INSTANCE_ID": instance, "DATA_DIR": str(folder)},
        folder=folder,
        stop_seconds=STOP_SECONDS,
    )


def sink_program(data: Path, *, port: int, environment: Mapping[str, str]) -> Program:
    """Return the mail sink as a program to start."""
    return Program(
        name=SMTP_SINK,
        command=[
            *(sys.executable, "-m", "local_stack.smtp_sink"),
            *("--host", LOOPBACK, "--port", str(port), "--folder", str(data / "mails")),
        ],
        log=data / "logs" / f"{SMTP_SINK}.log",
        environment=environment,
    )
