"""Desks played by the tests of the agents' client, on real gRPC."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from .played_desk import PlayedDesk


@pytest.fixture
async def desk() -> AsyncIterator[PlayedDesk]:
    async with PlayedDesk() as desk:
        yield desk


@pytest.fixture
async def other_desk() -> AsyncIterator[PlayedDesk]:
    async with PlayedDesk() as desk:
        yield desk


@pytest.fixture
def client_of(desk: PlayedDesk) -> Any:
    return desk.client
