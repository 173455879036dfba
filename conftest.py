"""Every test of the project may use the fixtures of the local stack."""

import gc
from collections.abc import Generator
from pathlib import Path

import pytest

pytest_plugins = ["local_stack.pytest_plugin"]

ROOT = Path(__file__).resolve().parent
# Whoever starts much once for many tests: with several workers, all of its tests go to one of them.
TOGETHER = ("deploy/local", "libs/chassis", "proto", "tests/e2e", "services/*")
# Those that take longest begin first.
FIRST = ("tests/e2e", "deploy/local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each folder's tests together, the longest folders first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_folder(item.path)))
    items.sort(key=lambda item: _folder(item.path) not in FIRST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, object, object]:
    """Collect no garbage while a failure is put into words.

    Python 3.11 before 3.11.8 cannot parse source while it parses source (CPython issue 106905): a
    forgotten task that is collected meanwhile logs a traceback, and the run ends without saying
    what failed.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return (yield)
    finally:
        if enabled:
            gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each folder a database of its own: what one wrote must not reach the next."""
    if "database_url" in metafunc.fixturenames:
        folder = _folder(Path(metafunc.module.__file__ or ""))
        hidden = [pytest.HIDDEN_PARAM]
        metafunc.parametrize("database_url", [folder], ids=hidden, indirect=True, scope="session")


def _folder(path: Path) -> str:
    place = path.relative_to(ROOT)
    for pattern in TOGETHER:
        depth = pattern.count("/") + 1
        if Path(*place.parts[:depth]).match(pattern):
            return "/".join(place.parts[:depth])
    return place.parts[0]
