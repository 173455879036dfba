"""What the environment says, read once in `__main__` and passed down."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from chassis.secret_files import SecretFiles

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _default_instance_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class ServiceSettings(BaseSettings):
    """The settings that every service has; each service adds its own in a subclass.

    A secret X may come from a file instead, which X_FILE names.
    """

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    kafka_bootstrap_servers: str = "127.0.0.1:7092"
    """Where Kafka is: host:port, several with commas."""
    topic_prefix: str = ""
    """Put before every topic name and consumer group, to share a broker."""
    kafka_security_protocol: str = Field(
        default="PLAINTEXT", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$"
    )
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
    kafka_sasl_mechanism: str = Field(
        default="SCRAM-SHA-512", pattern="^(SCRAM-SHA-512|SCRAM-SHA-256|PLAIN)$"
    )
    """SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN."""
    kafka_sasl_username: str = ""
    """Our name at the broker, for which its ACLs are."""
    kafka_sasl_password: SecretStr = SecretStr("")
    """Our password at the broker."""
    kafka_ca_file: Path | None = None
    """The authority (PEM) of the broker's certificate; unset: those of the system."""
    kafka_cert_file: Path | None = None
    """Our certificate (PEM) at the broker, where it asks for one."""
    kafka_key_file: Path | None = None
    """The key of our certificate at the broker (PEM)."""
    database_url: SecretStr = SecretStr("")
    """Where Postgres is, as postgresql://user:password@host:port/database."""
    database_password: SecretStr = SecretStr("")
    """The password at Postgres, in place of the one in the URL."""
    database_ca_file: Path | None = None
    """The authority (PEM) of the certificate with Postgres' name; unset: as the URL says."""
    admin_host: str = "127.0.0.1"
    """Address of the admin HTTP server."""
    admin_port: int = Field(default=0, ge=0, le=65535)
    """Port of the admin HTTP server (/metrics, /livez, /readyz); 0 takes a free one."""
    grpc_host: str = "127.0.0.1"
    """Address of the gRPC server."""
    grpc_port: int = Field(default=0, ge=0, le=65535)
    """Port of the gRPC server; 0 takes a free one."""
    data_dir: Path = Path("build/data")
    """A folder that only this service writes."""
    instance_id: str = Field(default_factory=_default_instance_id, min_length=1)
    """Name of this process among its replicas; a static one on Kubernetes."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    oidc_issuer: str = ""
    """Who issues the tokens that callers show: the issuer's URL, as it stands in them."""
    oidc_audience: str = "contact-center"
    """For whom a token must be issued."""
    oidc_jwks_url: str = ""
    """Where the issuer's keys are; empty: where its discovery document says."""
    oidc_workspace_claim: str = "workspace"
    """The claim with the one workspace of the bearer; a dotted name is a path."""
    oidc_roles_claim: str = "roles"
    """The claim with the bearer's roles; a dotted name (realm_access.roles) is a path."""
    oidc_agent_claim: str = "sub"
    """The claim with the bearer's agent id."""
    oidc_default_workspace: str = ""
    """The workspace of tokens that name none; empty: they are refused."""
    oidc_leeway_seconds: float = Field(default=10.0, ge=0, le=120)
    """How far the issuer's clock and ours may be apart."""
    oidc_client_id: str = ""
    """Our own name at the issuer, which gives us a token for it and the secret."""
    oidc_client_secret: SecretStr = SecretStr("")
    """Our own secret at the issuer."""
    token_file: Path | None = None
    """A file with the token that we show to others, read again; in place of OIDC_CLIENT_ID."""
    development_issuer_key_file: Path | None = None
    """The key of the built-in issuer, on one machine only: who has the file is everybody."""

    tls_cert_file: Path | None = None
    """Our certificate with its chain (PEM), read again when it changes; unset: no TLS."""
    tls_key_file: Path | None = None
    """The key of our certificate (PEM)."""
    tls_client_ca_file: Path | None = None
    """gRPC clients need a certificate of this authority (PEM); unset: they need none."""
    tls_ca_file: Path | None = None
    """The authority (PEM) of those whom we call; unset: gRPC calls are made without TLS."""
    tls_terminated_in_front: bool = False
    """Listen beyond loopback without TLS, because something in front of us encrypts."""
    admin_token_needed: bool = False
    """/metrics answers only to a token with the role service or admin."""

    kafka_delivery_timeout_seconds: float = Field(default=4.0, gt=0)
    """How long a send may take before it is refused; below the 5 s of most providers."""
    kafka_max_record_bytes: int = Field(default=1_048_576, gt=0)
    """Largest record that is sent, with its headers."""
    kafka_static_membership: bool = False
    """Join consumer groups under the instance id, so that a quick restart moves no partition."""
    kafka_session_timeout_seconds: float = Field(default=6.0, ge=6)
    """A group member that is silent for so long loses its partitions."""
    kafka_stale_after_seconds: float = Field(default=5.0, gt=0)
    """Not ready when the broker has not answered for so long."""
    start_timeout_seconds: float = Field(default=60.0, gt=0)
    """How long Kafka and Postgres may be away when the process starts."""
    drain_timeout_seconds: float = Field(default=15.0, gt=0)
    """How long connected work may go on after SIGTERM."""
    stop_timeout_seconds: float = Field(default=10.0, gt=0)
    """How long each part may take to stop."""
    statement_timeout_seconds: float = Field(default=10.0, gt=0)
    """How long one database statement may take."""
    database_pool_size: int = Field(default=8, ge=1)
    """Most connections to Postgres."""
    grpc_default_deadline_seconds: float = Field(default=10.0, gt=0)
    """Deadline of a unary call whose client set none."""
    grpc_max_message_bytes: int = Field(default=4_194_304, gt=0)
    """Largest gRPC message, either way."""
    grpc_max_connection_age_seconds: float = Field(default=1800.0, gt=0)
    """Clients are asked to reconnect after so long, which spreads them over the replicas."""

    def topic(self, name: str) -> str:
        """The name of a topic or group on the broker."""
        return f"{self.topic_prefix}{name}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then files of secrets (an empty variable beside one is none), then others."""
        return init_settings, SecretFiles(settings_cls), env_settings

    @field_validator("oidc_issuer", "oidc_jwks_url")
    @classmethod
    def _is_encrypted(cls, url: str) -> str:
        """Keys that came over an open wire would prove nothing."""
        parts = urlsplit(url)
        if url and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https:// (http:// only on loopback)")
        return url
