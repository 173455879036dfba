"""What the environment says."""

import asyncio
import itertools
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

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


SECRETS = [name for name, f in ServiceSettings.model_fields.items() if f.annotation is SecretStr]


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_may_lie_in_a_file(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv(name.upper(), raising=False)
    file = tmp_path / "secret"
    file.write_text("hid den\n")
    monkeypatch.setenv(f"{name.upper()}_FILE", str(file))

    assert getattr(OwnSettings(), name).get_secret_value() == "hid den"


def test_a_secret_said_twice_or_not_to_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("OIDC_CLIENT_SECRET_FILE", str(tmp_path / "missing"))
    with pytest.raises(ValueError, match=r"OIDC_CLIENT_SECRET_FILE: .* cannot be read"):
        ServiceSettings()
    (tmp_path / "missing").write_text("\n")
    with pytest.raises(ValueError, match="holds no secret"):
        ServiceSettings()
    monkeypatch.setenv("OIDC_CLIENT_SECRET", "hidden")
    with pytest.raises(ValueError, match="set one of them") as caught:
        ServiceSettings()

    assert "hidden" not in str(caught.value)


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
        await eventually(never, within=0.05)


def test_every_setting_stands_in_the_readme():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    missing = [name for name in ServiceSettings.model_fields if f"`{name.upper()}`" not in readme]

    assert not missing
