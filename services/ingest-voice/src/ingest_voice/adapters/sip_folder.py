"""Where the SIP library keeps its files: in a folder of ours, that a start finds empty.

The library makes a temporary folder, without a say in where, and a process that is killed leaves it
behind.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Temporary files begin in this folder meanwhile; what was in it is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
