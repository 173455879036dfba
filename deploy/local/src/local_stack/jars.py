"""The Kafka broker's jars: pinned in kafka-jars.txt, downloaded once with jgo, checked by hash."""

import fcntl
import hashlib
import os
import shutil
import ssl
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jgo
from jgo.maven import MavenContext

from local_stack.errors import StackError

KAFKA_VERSION = "4.1.1"
# Resolved one by one: jgo would let the second decide versions of the first.
ENDPOINTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
)
LOCK_FILE = Path(__file__).with_name("kafka-jars.txt")
DOWNLOADS_AT_ONCE = 4
TRIES = 3
DOWNLOAD_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def kafka_jars(home: Path, repositories: Sequence[Path] = ()) -> list[Path]:
    """Return the jars of the broker's class path, downloading what is missing or damaged.

    `repositories` are local Maven repositories to look in before the network.
    """
    folder = home / "jars" / f"kafka-{KAFKA_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    jars = locked_jars()
    complete = folder / "complete"
    stamp = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    with _only_one(folder / "lock"):
        if not (complete.exists() and complete.read_text() == stamp and _are_whole(folder, jars)):
            _download(folder, jars, repositories)
            complete.write_text(stamp)
    return [folder / jar.file_name for jar in jars]


def locked_jars() -> list[Jar]:
    """Return the pinned jars in class path order."""
    rows = [line.split() for line in LOCK_FILE.read_text().splitlines() if line]
    return [
        Jar(
            group=name.split(":")[0],
            artifact=name.split(":")[1],
            version=name.split(":")[2],
            sha256=digest,
        )
        for name, digest in rows
    ]


def _are_whole(folder: Path, jars: list[Jar]) -> bool:
    """Compare every hash: a full disk or a killed copy must not end in a riddle from Java."""
    return all(_sha256(folder / jar.file_name) == jar.sha256 for jar in jars)


def _download(folder: Path, jars: list[Jar], repositories: Sequence[Path]) -> None:
    missing = [jar for jar in jars if _sha256(folder / jar.file_name) != jar.sha256]
    if not missing:
        return
    print(f"downloading {len(missing)} jars of Kafka {KAFKA_VERSION} …", file=sys.stderr)
    trust_what_the_system_trusts()
    scratch = folder / "partial"
    shutil.rmtree(scratch, ignore_errors=True)
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        fetched = [pool.submit(_fetch, jar, scratch, folder, repositories) for jar in missing]
        for each in fetched:
            each.result()
    shutil.rmtree(scratch, ignore_errors=True)


def _fetch(jar: Jar, scratch: Path, folder: Path, repositories: Sequence[Path]) -> None:
    """Fetch into a scratch folder; move the jar to its place only when its hash is right."""
    reason: object = "the hash of the download is wrong"
    for attempt in range(TRIES):
        # jgo takes a file that is there for whole, so every try has its own empty folder.
        maven = MavenContext(
            repo_cache=scratch / f"{jar.artifact}-{attempt}",
            local_repos=list(repositories),
            timeout=DOWNLOAD_SECONDS,
        )
        component = maven.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            fetched = component.artifact().resolve()
        except (OSError, RuntimeError) as error:
            reason = error
            continue
        if _sha256(fetched) == jar.sha256:
            arrived = folder / f"{jar.file_name}.arrived"
            shutil.copyfile(fetched, arrived)
            arrived.replace(folder / jar.file_name)
            return
    raise StackError(
        f"cannot download {jar.file_name}: {reason}; try again, "
        "or set KAFKA_BOOTSTRAP_SERVERS to a broker that runs"
    )


def trust_what_the_system_trusts() -> None:
    """Behind a company's proxy the system knows the certificates; jgo's own list does not."""
    found = ssl.get_default_verify_paths()
    system = found.cafile or found.capath
    if system and not {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} & set(os.environ):
        os.environ["REQUESTS_CA_BUNDLE"] = system


def _sha256(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time download; the kernel frees the lock of one that dies."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def refresh_lock(scratch: Path) -> None:
    """Resolve ENDPOINTS anew and write kafka-jars.txt (after a change of a version)."""
    os.environ["M2_REPO"] = str(scratch)
    lines: dict[str, str] = {}
    for artifact in (found for endpoint in ENDPOINTS for found in jgo.resolve(endpoint)):
        name = f"{artifact.groupId}:{artifact.artifactId}"
        line = f"{name}:{artifact.version} {_sha256(artifact.resolve())}\n"
        lines.setdefault(name, line)
    LOCK_FILE.write_text("".join(lines.values()))


if __name__ == "__main__":
    refresh_lock(Path(sys.argv[1]))
