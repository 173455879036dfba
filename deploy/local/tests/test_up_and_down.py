"""`make up`, `make status` and `make down`, as a person uses them; no service takes part."""

import asyncio
import os
import random
import shutil
import sys
from pathlib import Path

import pytest

from local_stack.data_folder import VERSION
from local_stack.home import home
from local_stack.ports import is_free
from local_stack.processes import recall
from local_stack.run_folders import run_folder
from local_stack.services import SERVICES, fixed_ports
from local_stack.stack import without_servers

WITHOUT = [part for service in SERVICES for part in ("--without", service.name)]


class Person:
    """Runs commands in a home folder of their own, which shares the downloaded jars."""

    def __init__(self, folder: Path, port_offset: int) -> None:
        self.up_folder = folder / "up"
        (folder / "jars").symlink_to(home() / "jars")
        self._environ = without_servers() | {
            "CONTACT_CENTER_HOME": str(folder),
            "CONTACT_CENTER_PORT_OFFSET": str(port_offset),
        }

    async def runs(self, *arguments: str, **settings: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "local_stack.cli", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environ | settings,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()


@pytest.fixture
async def person():
    with run_folder(home()) as folder:
        someone = Person(folder, free_offset())
        yield someone
        await someone.runs("down", "--delete-data")


def free_offset() -> int:
    """Return an offset that moves every port of `up` to a free one, beside whatever runs."""
    offsets = random.SystemRandom().sample(range(3_000, 24_000), 1_000)
    return next(
        offset for offset in offsets if all(is_free(port) for port in fixed_ports(offset).values())
    )


def on_path() -> bool:
    found = shutil.which("contact-center")
    return found is not None and Path(found).parent == Path(sys.executable).parent


async def test_up_status_and_down(person: Person) -> None:
    code, said = await person.runs("up", "--background", *WITHOUT)
    assert code == 0, said
    again, addresses = await person.runs("up", "--background")
    status_up, parts = await person.runs("status")
    kafka = recall(person.up_folder / "run" / "kafka.json")
    down, _ = await person.runs("down")
    status_down, nothing = await person.runs("status")

    assert "contact-center agent --name ana" in said
    # A shell in which `make up` was said need not know the environment's programs.
    assert f"export PATH={Path(sys.executable).parent}:" in said or on_path()
    assert (again, "The contact center runs." in addresses) == (0, True)
    assert status_up == 0
    assert [line.split()[1] for line in parts.splitlines()] == ["ready"] * 3
    assert kafka is not None
    assert down == 0
    assert recall(person.up_folder / "run" / "kafka.json") is None
    assert (status_down, "nothing runs" in nothing) == (1, True)


async def test_down_ends_what_a_killed_up_left_behind(person: Person) -> None:
    code, said = await person.runs("up", "--background", *WITHOUT)
    assert code == 0, said
    (supervisor,) = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and is_supervisor(entry, person.up_folder.parent)
    ]
    os.kill(supervisor, 9)
    _, left = await person.runs("status")
    down, ended = await person.runs("down")

    assert "a killed run left postgres, kafka, smtp-sink" in left
    assert (down, ended) == (0, "ended what an earlier run left: smtp-sink, kafka, postgres\n")
    assert not list((person.up_folder / "run").iterdir())


async def test_damaged_data_is_told_with_the_way_out(person: Person) -> None:
    kafka = person.up_folder / "kafka"
    kafka.mkdir(parents=True)
    (kafka / "meta.properties").write_text("damaged")
    (person.up_folder / "version").write_text(VERSION)
    code, said = await person.runs("up", "--background", *WITHOUT)
    assert code == 1
    assert "kafka ended 3 times" in said
    assert "contact-center down --delete-data" in said

    await person.runs("down", "--delete-data")
    again, said = await person.runs("up", "--background", *WITHOUT)
    assert again == 0, said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "no Kafka answers at 127.0.0.1:1"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "a:b:c"}, "no Kafka answers at a:b:c"),
        ({"DATABASE_URL": "postgresql://a:secret@127.0.0.1:1/b"}, "DATABASE_URL that is set"),
        ({"DATABASE_URL": "not a url"}, "DATABASE_URL that is set"),
    ],
)
async def test_a_server_that_is_named_and_away_is_told_in_a_line(
    person: Person, settings: dict[str, str], words: str
) -> None:
    code, said = await person.runs("up", "--background", *WITHOUT, **settings)
    told = said.splitlines()[-1]

    assert code == 1
    assert told.startswith("contact-center up: ")
    assert words in told
    assert "secret" not in said


def is_supervisor(process: Path, folder: Path) -> bool:
    try:
        command = (process / "cmdline").read_bytes()
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    return b"local_stack.cli\0up" in command and f"HOME={folder}\0".encode() in environment
