"""What the environment says to ingest-digital."""

import hashlib
import hmac
from typing import Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings

SHORTEST_SECRET = 16


class Settings(ServiceSettings):
    """Settings of ingest-digital, beside those of every service."""

    workspace: str = Field(default="main", min_length=1)
    """The workspace into which contacts are brought."""
    key_service_address: str = "127.0.0.1:7306"
    """Where crm's KeyService is: host:port."""
    key_batch: int = Field(default=200, ge=1, le=1000)
    """How many keys are leased ahead of need."""
    address_token_secret: SecretStr = SecretStr("")
    """The key of the tokens that stand for addresses; the same in every service."""
    signing_secret: SecretStr = SecretStr("")
    """Signs chat tokens and our Message-IDs; the same in every replica, for ever.
    Empty: derived from ADDRESS_TOKEN_SECRET."""
    message_limit_bytes: int = Field(default=262_144, gt=0)
    """Longest text of a mail that is shown; the whole mail stays in the store."""

    chat_host: str = "127.0.0.1"
    """Address of the chat server."""
    chat_port: int = Field(default=7202, ge=0, le=65535)
    """Port of the chat server; 0 takes a free one."""
    chat_identity_secret: SecretStr = SecretStr("")
    """Signs the identity tokens of logged-in visitors (HS256); empty refuses them all."""
    chat_max_connections: int = Field(default=5000, ge=1)
    """Most open sockets; further ones get HTTP 503."""
    chat_allowed_origins: str = ""
    """Web origins whose pages may chat, several with commas; empty allows all."""
    chat_token_seconds: float = Field(default=86_400.0, gt=0)
    """How long a chat token is good; each resume gives a new one."""
    chat_first_frame_seconds: float = Field(default=10.0, gt=0)
    """How long a socket may be silent before its first frame."""
    chat_write_seconds: float = Field(default=10.0, gt=0)
    """A browser that reads nothing for so long loses its socket; it may resume."""
    chat_messages_per_second: float = Field(default=5.0, gt=0)
    """Frames that one socket may send, on average."""
    chat_message_burst: int = Field(default=20, ge=1)
    """Frames that one socket may send at once."""
    chat_abandon_seconds: float = Field(default=300.0, gt=0)
    """Without a window anywhere for so long, the customer has left."""
    chat_memory_seconds: float = Field(default=3600.0, gt=0)
    """How far back the topics are read at the start; older conversations are expired."""
    chat_memory_conversations: int = Field(default=20_000, ge=1)
    """Most conversations that are remembered."""
    chat_memory_messages: int = Field(default=200_000, ge=1)
    """Most messages that are remembered, over all conversations."""
    chat_memory_messages_each: int = Field(default=1000, ge=1)
    """Most messages that are remembered of one conversation."""

    mail_host: str = "127.0.0.1"
    """Address of the mail server."""
    mail_port: int = Field(default=7225, ge=0, le=65535)
    """Port of the mail server; 0 takes a free one."""
    mail_hostname: str = "contact-center.localhost"
    """The name with which the mail server greets."""
    mail_max_bytes: int = Field(default=26_214_400, ge=1024)
    """Largest mail; announced with SIZE, larger ones get 552."""
    mail_max_connections: int = Field(default=20, ge=1)
    """Most SMTP connections at once; further ones get 421."""
    mail_idle_seconds: float = Field(default=120.0, gt=0)
    """How long one SMTP command, or the whole of DATA, may take."""
    attachment_store_url: str = ""
    """Where attachments and raw mails lie (an fsspec URL); empty: DATA_DIR/attachments."""
    smtp_relay: str = "127.0.0.1:7226"
    """The server that takes our mails: host:port."""
    smtp_relay_security: str = Field(default="none", pattern="^(none|starttls|tls)$")
    """none, starttls or tls."""
    smtp_relay_username: str = ""
    """User at the relay; empty: no login."""
    smtp_relay_password: SecretStr = SecretStr("")
    """Password at the relay."""
    smtp_send_seconds: float = Field(default=60.0, gt=0)
    """How long one delivery to the relay may take."""
    smtp_attempts: int = Field(default=8, ge=1)
    """Deliveries that are tried before a temporary failure counts as final."""
    smtp_automatic_per_hour: int = Field(default=10, ge=1)
    """Automatic mails (from flows) on one thread in an hour; more are refused: it is a loop."""
    smtp_backoff_seconds: float = Field(default=5.0, gt=0)
    """Pause after the first failed delivery; it doubles up to an hour."""

    @model_validator(mode="after")
    def _has_secret(self) -> Self:
        if len(self.address_token_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"set ADDRESS_TOKEN_SECRET to at least {SHORTEST_SECRET} characters")
        return self

    def signing_key(self, purpose: str) -> bytes:
        """The key for one kind of signature."""
        secret = self.signing_secret.get_secret_value()
        secret = secret or self.address_token_secret.get_secret_value()
        return hmac.new(
            secret.encode(), f"ingest-digital/{purpose}".encode(), hashlib.sha256
        ).digest()
