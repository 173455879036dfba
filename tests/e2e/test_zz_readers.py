"""Tools that nobody here wrote read the log: each counts the contacts that analytics counts."""

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import jgo
import pytest

from chassis.testing import eventually
from contact_center.v1 import analytics_service_pb2
from contact_center.v1.common_pb2 import Channel
from local_stack.topics import Topic, create_topics
from tests.e2e.examples import examples, taps
from tests.e2e.world import World

ROOT = Path(__file__).parents[2]
QUIX = "quixstreams==3.28.1"
FLINK = "apache-flink==2.3.0"
CONNECTOR = "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2"
SECONDS = 500
Counts = dict[str, int]


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    """What the page takes for granted: where Kafka is, and the commands on the path."""
    return {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": world.stack.kafka_bootstrap_servers,
        "TOPIC_PREFIX": world.stack.topic_prefix,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "proto/gen"),
    }


async def by_analytics(world: World) -> Counts:
    """Contacts per channel, once everything that came is over."""
    await world.report()
    last = (await world.steps())[-1].step_number
    request = analytics_service_pb2.GetQueuesRequest(workspace=world.stack.workspace)
    async with world.analytics() as stub:

        async def up_to_date() -> Counts:
            answer = await stub.GetQueues(request, metadata=world.metadata, timeout=5)
            assert answer.numbers.step_number >= last
            counts = {Channel.Name(c.channel): c.arrived for c in answer.numbers.channels}
            return {name: count for name, count in counts.items() if count}

        return await eventually(up_to_date)


def parsed(output: str) -> Counts:
    """The lines `CHANNEL_X n` that an example prints."""
    words = (line.split() for line in output.splitlines() if line.startswith("CHANNEL_"))
    return {channel: int(count) for channel, count in words}


async def run(*command: str, cwd: Path, env: dict[str, str]) -> str:
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=cwd, env=env, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def a_chat(world: World) -> None:
    """Something to count, also where this file runs alone."""
    ana = await world.agent("ana", talk=0.2)
    async with world.chat() as chat:
        await chat.start()
        await chat.state("ended")
    await eventually(lambda: chat.contact_id in ana.handled)


async def test_tap_takes_what_the_page_shows(
    world: World, environment: dict[str, str], tmp_path: Path
):
    await a_chat(world)
    shown = [shlex.split(line, comments=True) for line in taps()]
    ends = [words if "--until-end" in words else [*words, "--until-end"] for words in shown]
    told = await asyncio.gather(*(run(*words, cwd=tmp_path, env=environment) for words in ends))

    assert len(told) == 5
    [opened] = [out for words, out in zip(shown, told, strict=True) if "contact_opened" in words]
    assert "CHANNEL_CHAT" in opened or "chat" in opened


async def test_other_peoples_tools_count_what_analytics_counts(
    world: World, environment: dict[str, str], tmp_path: Path
):
    """DuckDB by the Parquet that tap writes."""
    await a_chat(world)
    counted = await by_analytics(world)
    await run("bash", "-ec", examples()["export"], cwd=tmp_path, env=environment)
    query = examples()["duckdb"].replace("steps.parquet", str(tmp_path / "steps.parquet"))
    rows = await asyncio.to_thread(lambda: duckdb.sql(query).fetchall())

    assert dict(rows) == counted
    assert counted["CHANNEL_CHAT"] > 0


async def test_kcat_counts_what_analytics_counts(
    world: World, environment: dict[str, str], tmp_path: Path
):
    if shutil.which("kcat") is None:
        pytest.skip("KCAT NOT TRIED: there is none (apt install kcat)")
    await a_chat(world)
    counted = await by_analytics(world)
    (tmp_path / "count_contacts.py").write_text(examples()["count_contacts.py"])
    command = ("bash", "-eco", "pipefail", examples()["kcat"])
    output = await run(*command, cwd=tmp_path, env=environment)

    assert parsed(output) == counted


async def test_quixstreams_counts_what_analytics_counts(
    world: World, environment: dict[str, str], tmp_path: Path
):
    python = await asyncio.to_thread(python_with, QUIX)
    await a_chat(world)
    counted = await by_analytics(world)
    (tmp_path / "quix_count.py").write_text(examples()["quix_count.py"])
    output = await run(str(python), "quix_count.py", cwd=tmp_path, env=environment)

    assert parsed(output) == counted


@pytest.mark.full
async def test_flink_sql_counts_what_analytics_counts(
    world: World, environment: dict[str, str], tmp_path: Path
):
    if shutil.which("kcat") is None or shutil.which("java") is None:
        pytest.skip("FLINK NOT TRIED: there is no kcat (apt install kcat) or no java")
    python = await asyncio.to_thread(python_with, FLINK)
    environment["KAFKA_CONNECTOR_JAR"] = str(await asyncio.to_thread(connector))
    await a_chat(world)
    counted = await by_analytics(world)
    own = [Topic(name="routing-events.json", partitions=1)]
    servers, prefix = world.stack.kafka_bootstrap_servers, world.stack.topic_prefix
    await asyncio.to_thread(create_topics, servers, own, prefix)
    copied = ("bash", "-eco", "pipefail", examples()["json-copy"])
    await run(*copied, cwd=tmp_path, env=environment)
    (tmp_path / "flink_count.py").write_text(examples()["flink_count.py"])
    output = await run(str(python), "flink_count.py", cwd=tmp_path, env=environment)

    assert parsed(output) == counted


def connector() -> Path:
    """Flink's connector to Kafka; skips where it cannot be had."""
    try:
        [found] = [
            artifact.resolve()
            for artifact in jgo.resolve(CONNECTOR)
            if artifact.artifactId == CONNECTOR.split(":")[1]
        ]
    except Exception as error:  # noqa: BLE001
        pytest.skip(f"FLINK NOT TRIED: {CONNECTOR}: {error}")
    return Path(found)


def python_with(package: str) -> Path:
    """An environment of its own with the package, kept; skips where it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = (
        cache / "contact-center" / f"{package}-py{sys.version_info.major}{sys.version_info.minor}"
    )
    python = folder / "bin/python"
    if (folder / "done").is_file():
        return python
    constraints = ROOT / "constraints.txt"
    pinned = next(line for line in constraints.read_text().splitlines() if "protobuf==" in line)
    # Flink brings its own, and its example reads JSON.
    wanted = [package] if package == FLINK else [package, pinned]
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=SECONDS)
        install = [python, "-m", "pip", "install", "--quiet", *wanted]
        subprocess.run(install, check=True, timeout=600)
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"{package.upper()} NOT TRIED: {error}")
    (folder / "done").touch()
    return python
