"""Every test of the project may use the fixtures of the local stack."""

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
