"""The servers with everything closed, and a whole contact center behind them, for this folder."""

import os
from collections.abc import Iterator

import pytest

from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.services import SERVICES as ALL_SERVICES
from local_stack.stack import FILES, Stack
from tests.security.fortress import SCHEMAS, Fortress, fortress, run_command

SERVICES = tuple(service.name for service in ALL_SERVICES)
# With it the phone service keeps its dials in Postgres.
TRUNK = {"TRUNK_ADDRESS": "sip:{number}@127.0.0.1:5060"}


@pytest.fixture(scope="package")
def servers() -> Iterator[Fortress]:
    with fortress() as found:
        yield found


@pytest.fixture(scope="package")
def stack(servers: Fortress) -> Iterator[Stack]:
    """Every service as its own user and role; the rules are applied as the command's user."""
    settings = {}
    for service in SERVICES:
        schema = service.replace("-", "_")
        settings[service] = servers.environment(service, schema if schema in SCHEMAS else "")
    settings["ingest-voice"] |= TRUNK
    # What the stack itself does there, it does as an administrator.
    environ = {**os.environ, **servers.environment("admin"), "DATABASE_URL": servers.admin_url}
    with run_folder(home()) as data, pytest.MonkeyPatch.context() as patch:
        for name, value in servers.environment("admin").items():
            patch.setenv(name, value)
        found = Stack(
            data,
            environ=environ,
            topic_prefix="",
            services=SERVICES,
            settings=settings,
            apply_rules=False,
        )
        with found:
            _apply_rules(servers, found)
            yield found


def _apply_rules(servers: Fortress, stack: Stack) -> None:
    """As the command's own user, who may propose and nothing else."""
    for verb in ("policy", "roster"):
        run_command(servers, stack, "policy-command", verb, "apply", str(FILES / f"{verb}.yaml"))
