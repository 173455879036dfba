"""Java learns from one start of the broker, once, and nothing depends on it."""

import fcntl
from pathlib import Path

import pytest

from local_stack.java_cache import Command, cached_start, learn


class Java:
    """Writes what it learnt where it is told, and runs until it is ended."""

    def __init__(self, script: str = 'touch "$1"; exec sleep 60') -> None:
        self.script = script
        self.starts = 0
        self.written = Path()

    def start(self, options: Command) -> Command:
        self.starts += 1
        [option] = options
        name, _, place = option.partition("=")
        assert name == "-XX:AOTCacheOutput"
        self.written = Path(place)
        return ["sh", "-c", self.script, "java", place]

    def is_ready(self) -> bool:
        return self.written.exists()


def test_the_first_start_teaches_and_the_later_ones_know(tmp_path: Path) -> None:
    java = Java()
    assert cached_start(tmp_path) == []
    learn(tmp_path, java.start, java.is_ready)
    learn(tmp_path, java.start, java.is_ready)

    assert java.starts == 1
    [option] = cached_start(tmp_path)
    name, _, place = option.partition("=")
    assert name == "-XX:AOTCache"
    assert Path(place).exists()
    assert not java.written.exists()


@pytest.mark.parametrize("script", ["exit 1", 'touch "$1"; exit 1', "exec /no/such/program"])
def test_a_start_that_fails_teaches_nothing(tmp_path: Path, script: str) -> None:
    java = Java(script)
    learn(tmp_path, java.start, lambda: False)

    assert cached_start(tmp_path) == []
    assert not java.written.exists()


def test_who_comes_while_another_learns_goes_on_without(tmp_path: Path) -> None:
    java = Java()
    learn(tmp_path, java.start, java.is_ready)
    [option] = cached_start(tmp_path)
    file = Path(option.partition("=")[2])
    file.unlink()
    with file.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        learn(tmp_path, java.start, java.is_ready)

    assert java.starts == 1
    assert cached_start(tmp_path) == []
