"""Settings are refused when crm could not do its work with them, and each is documented."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from crm.settings import CrmSettings

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("missing", ["service_token", "address_token_secret"])
def test_without_its_secrets_crm_does_not_start(missing):
    secrets = {"service_token": "t" * 16, "address_token_secret": "s" * 16, missing: "short"}

    with pytest.raises(ValidationError, match=missing.upper()) as caught:
        CrmSettings(**secrets)
    assert "short" not in str(caught.value)


def test_every_setting_of_crm_stands_in_the_readme():
    text = README.read_text(encoding="utf-8")

    own = set(CrmSettings.model_fields) - set(CrmSettings.__mro__[1].model_fields)
    assert not [name for name in own if f"`{name.upper()}`" not in text]
