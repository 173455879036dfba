"""Settings are refused when crm could not do its work with them, and each is documented."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from crm.settings import CrmSettings

README = Path(__file__).parents[1] / "README.md"


def test_without_its_secret_crm_does_not_start():
    with pytest.raises(ValidationError, match="ADDRESS_TOKEN_SECRET") as caught:
        CrmSettings(address_token_secret="short")

    assert "short" not in str(caught.value)


def test_every_setting_of_crm_stands_in_the_readme():
    text = README.read_text(encoding="utf-8")

    own = set(CrmSettings.model_fields) - set(CrmSettings.__mro__[1].model_fields)
    assert not [name for name in own if f"`{name.upper()}`" not in text]
