"""What crm reads from the environment."""

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings

SHORTEST_SECRET = 16


class CrmSettings(ServiceSettings):
    """The settings of crm, beside those that every service has."""

    grpc_port: int = Field(default=7306, ge=0, le=65535)
    """Port of the gRPC server; 0 takes a free one."""
    admin_port: int = Field(default=7106, ge=0, le=65535)
    """Port of the admin HTTP server; 0 takes a free one."""
    master_key: SecretStr = SecretStr("")
    """The key that wraps all keys: 32 bytes as base64 (or 64 hexadecimal digits)."""
    older_master_keys: SecretStr = SecretStr("")
    """Master keys of before, with spaces between: what they wrapped opens, and is wrapped anew."""
    next_master_key: SecretStr = SecretStr("")
    """The master key to come: what another replica wrapped with it already opens."""
    rewrap_seconds: float = Field(default=30.0, gt=0)
    """Pause before crm looks again for keys that an older master key wrapped."""
    address_token_secret: SecretStr = SecretStr("")
    """The HMAC key of address tokens, the same in every service."""
    default_region: str = Field(default="", max_length=2)
    """Country (such as DE) of phone numbers that people write without a +; empty: + is needed."""
    listen_retry_seconds: float = Field(default=1.0, gt=0)
    """Pause before the connection that hears of changes is opened again."""
    max_watches: int = Field(default=1000, ge=1)
    """Most timelines that are watched at the same time."""

    @model_validator(mode="after")
    def _has_secrets(self) -> "CrmSettings":
        if len(self.address_token_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"set ADDRESS_TOKEN_SECRET to at least {SHORTEST_SECRET} characters")
        return self
