"""Every test of the project may use the fixtures of the local stack."""

import gc
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["local_stack.pytest_plugin"]

ROOT = Path(__file__).resolve().parent
# What a folder starts once for all of its files: with several workers, one of them gets it.
TOGETHER = ("tests/security",)
# Each of them takes long, so that it begins first: who began last would be waited for.
FIRST = (
    "tests/security",
    "deploy/local/tests/test_stack.py",
    "services/router/tests/proof/test_driver.py",
    "libs/chassis/tests/test_broker_outage.py",
    "services/self-service/tests/test_faults.py",
    "services/ingest-voice/tests/test_failures.py",
    "services/router/tests/test_outages.py",
    "services/router/tests/test_stream.py",
    "services/router/tests/test_kills.py",
    "deploy/local/tests/test_up_and_down.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    order = {place: number for number, place in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(_together(item.nodeid), len(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Keep each file's tests at one worker, and the files in their order.

    --dist loadgroup would do it by marks, but not with pytest 9.2 (issue 1386 of pytest-xdist).
    """
    config.option.loadscopereorder = False
    return _ByFile(config, log)


class _ByFile(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _together(nodeid)


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


def _together(nodeid: str) -> str:
    """The file of a test, or the folder that shares more than files do."""
    place = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if place.startswith(f"{folder}/")), place)


def _folder(path: Path) -> str:
    place = path.relative_to(ROOT)
    return "/".join(place.parts[:2])
