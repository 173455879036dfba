"""The settings of the phone service."""

from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator

from chassis.settings import ServiceSettings

_SHORTEST_SECRET = 16


class Settings(ServiceSettings):
    """Beside those of every service."""

    admin_port: int = Field(default=7101, ge=0, le=65535)
    """Port of the admin HTTP server."""
    data_dir: Path = Path("build/data/ingest-voice")
    """Folder of the journal and the recordings; one process per folder."""
    drain_timeout_seconds: float = Field(default=60.0, gt=0)
    """How long calls may go on after SIGTERM."""
    workspace: str = Field(default="main", min_length=1)
    """The workspace into which calls come."""
    sip_host: str = "127.0.0.1"
    """Address on which SIP and RTP are received: one of this machine's, never all of them."""
    sip_port: int = Field(default=5070, ge=1, le=65535)
    """Port of SIP, UDP and TCP."""
    rtp_ports: str = Field(default="61000-65534", pattern=r"^\d{4,5}-\d{4,5}$")
    """Ports of the audio, lowest and highest; four are used by each call with an agent."""
    max_calls: int = Field(default=40, ge=1)
    """Most calls at once; beyond it a caller hears 503."""
    trunk_address: str = Field(default="", pattern=r"^$|^sips?:[^\s<>\"]*\{number\}[^\s<>\"]*$")
    """Where customers are called for a callback, such as `sip:{number}@10.0.0.5:5060`; `{number}`
    is E.164. Empty: nobody is called, and Postgres is not used."""
    default_region: str = ""
    """Two letters (DE, US …): the country of numbers without country code; empty refuses them."""
    rtp_timeout_seconds: int = Field(default=60, ge=0)
    """A leg that sends no audio for so long has vanished; 0 switches the check off."""
    key_service_address: str = "127.0.0.1:7306"
    """Where crm's key service is."""
    address_token_secret: SecretStr = SecretStr("")
    """The secret of address tokens, the same in every service; at least 16 characters."""
    leased_keys: int = Field(default=100, ge=1, le=1000)
    """Keys leased ahead: so many calls can arrive while crm is away."""
    records_calls: bool = True
    """Whether what caller and agent say is recorded."""
    speech_voice: str = "en"
    """Voice of the spoken prompts, as espeak-ng names it."""
    speech_words_per_minute: int = Field(default=150, ge=80, le=400)
    """Speed of the spoken prompts."""

    @field_validator("sip_host")
    @classmethod
    def _is_one_address(cls, host: str) -> str:
        """SIP has no TLS here: it listens to one private network, never to all."""
        if ip_address(host).is_unspecified:
            raise ValueError("name one address of this machine, on the network of the trunk")
        return host

    @model_validator(mode="after")
    def _check_secret(self) -> "Settings":
        if len(self.address_token_secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"set ADDRESS_TOKEN_SECRET to at least {_SHORTEST_SECRET} characters")
        return self
