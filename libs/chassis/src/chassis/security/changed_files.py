"""Whether files are others than at the last look."""

from pathlib import Path

Stamp = tuple[tuple[int, int, int], ...]


class Files:
    """Some files, and whether they are others than at the last look."""

    def __init__(self, *paths: Path | None) -> None:
        self._paths = [path for path in paths if path is not None]
        self._seen: Stamp = ()

    def have_changed(self) -> bool:
        """Whether one is new since the last True; a file that is being replaced is not yet."""
        try:
            now = tuple(_stamp(path) for path in self._paths)
        except OSError:
            return False
        if now == self._seen:
            return False
        self._seen = now
        return True


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
