"""What the tests of the deployment share."""

import pytest

from tests.deploy.rendering import OVERLAYS, Manifest, rendered
from tests.deploy.tools import Missing


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    """The name of one overlay."""
    name: str = request.param
    return name


@pytest.fixture
def manifests(overlay: str) -> list[Manifest]:
    """Everything of one overlay."""
    try:
        return rendered(overlay)
    except Missing as why:
        pytest.skip(f"THE MANIFESTS ARE NOT RENDERED: {why}")
