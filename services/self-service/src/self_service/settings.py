"""What self-service reads from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings

SHORTEST_SECRET = 16


class SelfServiceSettings(ServiceSettings):
    """The settings of self-service, beside those that every service has."""

    admin_port: int = Field(default=7104, ge=0, le=65535)
    """Port of the admin HTTP server; 0 takes a free one."""
    flows_dir: Path = Path("deploy/local/flows")
    """The folder with the flow files, NAME.yaml for the flow NAME; read again when they change."""
    fallback_queue: str = ""
    """Queue for contacts whose flow cannot run; empty: the first queue of the policy."""
    key_service_address: str = "127.0.0.1:7306"
    """Where the key service is: host:port."""
    address_token_secret: SecretStr = SecretStr("")
    """The HMAC key of address tokens, at least 16 characters, the same in every service."""
    key_timeout_seconds: float = Field(default=2.0, gt=0)
    """How long the key service may take to give a key."""
    deadline_check_seconds: float = Field(default=0.25, gt=0)
    """How often deadlines are looked for; they are met that much late at most."""
    flow_check_seconds: float = Field(default=0.3, gt=0)
    """How often the flow files are looked at for changes."""
    patience_seconds: float = Field(default=600.0, gt=0)
    """How long a record is tried while Postgres, Kafka or the key service is away."""

    @model_validator(mode="after")
    def _has_secret(self) -> Self:
        if len(self.address_token_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"set ADDRESS_TOKEN_SECRET to at least {SHORTEST_SECRET} characters")
        return self
