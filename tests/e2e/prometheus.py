"""A real Prometheus that scrapes the running contact center."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from deploy.observability import configs

from local_stack.ports import LOOPBACK, free_ports
from local_stack.services import SERVICES
from local_stack.stack import Stack

PROGRAM = shutil.which("prometheus")
RULES = Path(configs.__file__).parent / "rules" / "contact-center.yml"


class Prometheus:
    """Answers queries."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer; AssertionError while it does not answer, or refuses."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self._url}/api/v1/{path}", params=parameters) as answer,
            ):
                said = await answer.json(content_type=None)
        except (aiohttp.ClientError, ValueError) as error:
            raise AssertionError("no answer yet") from error
        assert said["status"] == "success", said
        return said["data"]

    async def values(self, query: str) -> list[float]:
        """What an instant query gives, one value for each series."""
        data = await self.ask("query", query=query)
        found = data["result"] if data["resultType"] == "vector" else [{"value": data["result"]}]
        return [float(one["value"][1]) for one in found]


@contextmanager
def prometheus(stack: Stack, folder: Path) -> Iterator[Prometheus]:
    """Scrape every service of the stack each second, with our rules."""
    assert PROGRAM is not None
    targets = {
        service.name: [f"{LOOPBACK}:{stack.ports[f'{service.name}.ADMIN_PORT']}"]
        for service in SERVICES
    }
    config = folder / "prometheus.yml"
    written = configs.prometheus(targets, interval="1s", rules=str(RULES))
    config.write_text(yaml.safe_dump(written | {"alerting": {}}))
    [port] = free_ports(1)
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(PROGRAM, f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}"),
                *(f"--web.listen-address={LOOPBACK}:{port}", "--log.level=warn"),
                "--enable-feature=exemplar-storage",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            yield Prometheus(f"http://{LOOPBACK}:{port}")
        finally:
            process.terminate()
            process.wait(timeout=30)
