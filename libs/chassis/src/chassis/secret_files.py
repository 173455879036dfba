"""Secrets from files: for every secret setting X, X_FILE names the file that holds it."""

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

LARGEST_BYTES = 65_536
FILE = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """As Docker and Kubernetes mount them; a line end after the secret is not part of it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the file that is named for this field; None without one."""
        name = field_name.upper()
        path = os.environ.get(name + FILE, "")
        if field.annotation is not SecretStr or not path:
            return None, field_name, False
        if os.environ.get(name):
            raise ValueError(f"{name} and {name + FILE} are both set: set one of them")
        return _content(name + FILE, Path(path)), field_name, False

    def __call__(self) -> dict[str, Any]:
        """What the files say; ValueError names the setting whose file cannot be read."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


def _content(setting: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        text = content.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{setting}: {path} cannot be read: {type(error).__name__}") from None
    if not text or len(content) > LARGEST_BYTES:
        raise ValueError(f"{setting}: {path} holds no secret of 1 to {LARGEST_BYTES} bytes")
    return text
