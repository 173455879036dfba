"""What the environment says."""

import asyncio
import itertools
from pathlib import Path

import pytest
from pydantic import ValidationError

from chassis.settings import ServiceSettings
from chassis.testing import eventually


class OwnSettings(ServiceSettings):
    offer_timeout_seconds: float = 20.0
    """How long an agent may take."""


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOPIC_PREFIX", "t1.")
    monkeypatch.setenv("OFFER_TIMEOUT_SECONDS", "5")
    monkeypatch.setenv("GRPC_PORT", "7305")

    settings = OwnSettings()

    assert (settings.offer_timeout_seconds, settings.grpc_port) == (5.0, 7305)
    assert settings.topic("contact-events.v1") == "t1.contact-events.v1"
    assert (settings.admin_host, settings.grpc_host) == ("127.0.0.1", "127.0.0.1")


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hidden-1@h/d")
    monkeypatch.setenv("OIDC_CLIENT_SECRET", "hidden-2")
    monkeypatch.setenv("GRPC_PORT", "7305")
    shown = repr(ServiceSettings()) + str(ServiceSettings().model_dump())
    monkeypatch.setenv("GRPC_PORT", "hidden-3")
    with pytest.raises(ValidationError) as caught:
        ServiceSettings()

    assert "hidden" not in shown + str(caught.value)
    assert "grpc_port" in str(caught.value)


def test_every_setting_says_what_it_is_for():
    missing = [name for name, f in OwnSettings.model_fields.items() if not f.description]

    assert not missing


async def test_eventually_waits_for_true_and_tells_the_last_answer():
    numbers = itertools.count()
    assert await eventually(lambda: next(numbers) > 3, every=0)

    async def never() -> int:
        await asyncio.sleep(0)
        assert 1 == 2, "the reason"
        return 1

    with pytest.raises(AssertionError, match="the reason"):
        await eventually(never)


def test_every_setting_stands_in_the_readme():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    missing = [name for name in ServiceSettings.model_fields if f"`{name.upper()}`" not in readme]

    assert not missing
