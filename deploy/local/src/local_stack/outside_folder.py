"""Where root keeps Postgres' data when its unprivileged user cannot reach the data folder.

A file beside the wanted folder names the place, and a file in the place names the
wanted folder: a place that is no longer named is rubbish, and is swept away.
"""

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

ROOT_PLACE = Path("/var/tmp")  # noqa: S108  (what is found there must be root's to be used)
PREFIX = "contact-center-"
ORIGIN = "origin"


def outside_folder(wanted: Path) -> Path:
    """Return the place of a folder, made at the first call; nobody but root may write there."""
    place = _named(wanted)
    if place is None:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=ROOT_PLACE))
        place.chmod(0o711)
        _place_file(wanted).write_text(str(place))
        (place / ORIGIN).write_text(str(wanted.resolve()))
    return place / wanted.name


def folder_moved(wanted: Path) -> None:
    """Tell the place of a folder, if it has one, where the folder is now."""
    place = _named(wanted)
    if place is not None:
        (place / ORIGIN).write_text(str(wanted.resolve()))


def sweep() -> None:
    """Remove every place that no data folder names any more."""
    if os.geteuid() != 0:
        return
    for origin in ROOT_PLACE.glob(f"{PREFIX}*/{ORIGIN}"):
        place = origin.parent
        with suppress(FileNotFoundError):  # Another run sweeps too.
            if is_roots(place) and _named(Path(origin.read_text())) != place:
                shutil.rmtree(place, ignore_errors=True)


def is_roots(place: Path) -> bool:
    """Say whether this is a folder, no link, that belongs to root."""
    try:
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0


def _named(wanted: Path) -> Path | None:
    try:
        place = Path(_place_file(wanted).read_text())
    except OSError:
        return None
    return place if is_roots(place) else None


def _place_file(wanted: Path) -> Path:
    return wanted.with_name(f"{wanted.name}.place")
