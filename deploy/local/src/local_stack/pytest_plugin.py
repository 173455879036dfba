"""Fixtures for every test of the project: a real broker, a real database, topics of one's own.

`KAFKA_BOOTSTRAP_SERVERS` and `DATABASE_URL` are used where they are set; what is not
set is embedded once per run, on free ports, with data of its own.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from chassis.security import DevelopmentIssuer
from local_stack.databases import create_database, drop_database
from local_stack.home import home
from local_stack.infrastructure import Infrastructure, InfrastructurePorts
from local_stack.kafka import learn_to_start
from local_stack.ports import free_ports
from local_stack.run_folders import run_folder
from local_stack.supervisor import Supervisor
from local_stack.topics import create_topics, delete_topics, registered_topics


def pytest_configure(config: pytest.Config) -> None:
    """Let services and clients of this run trust one development issuer, by their settings."""
    closing = ExitStack()
    config.add_cleanup(closing.close)
    # What a killed run leaves in such a folder, the next one clears away.
    folder = closing.enter_context(run_folder(home()))
    DevelopmentIssuer.make(folder / "key.pem")
    os.environ["DEVELOPMENT_ISSUER_KEY_FILE"] = str(folder / "key.pem")


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[Infrastructure]:
    """The broker and the database server of this run, started at the first use."""
    kafka, controller, postgres = free_ports(3)
    ports = InfrastructurePorts(kafka=kafka, kafka_controller=controller, postgres=postgres)
    with run_folder(home()) as data:
        found = Infrastructure(data, home=home(), ports=ports, environ=os.environ, durable=False)
        supervisor = Supervisor(data / "run")
        if "kafka" in found.embedded:
            learn_to_start(home())
        try:
            found.start(supervisor)
            yield found
        finally:
            supervisor.stop_all()


@pytest.fixture(scope="session")
def kafka_bootstrap_servers(infrastructure: Infrastructure) -> str:
    """Where Kafka is."""
    return infrastructure.kafka_bootstrap_servers


@pytest.fixture(scope="session")
def database_url(infrastructure: Infrastructure) -> Iterator[str]:
    """A fresh database for this run; it is dropped at the end."""
    name = f"test_{secrets.token_hex(6)}"
    yield create_database(infrastructure.database_url, name)
    drop_database(infrastructure.database_url, name)


@pytest.fixture(scope="module")
def topic_prefix(kafka_bootstrap_servers: str) -> Iterator[str]:
    """A prefix that only this file of tests has; its topics, all registered ones, go at its end.

    The garbage that one file feeds to a service must not reach the readers of another.
    """
    prefix = f"t{secrets.token_hex(4)}."
    create_topics(kafka_bootstrap_servers, registered_topics(), prefix)
    yield prefix
    delete_topics(kafka_bootstrap_servers, prefix)
