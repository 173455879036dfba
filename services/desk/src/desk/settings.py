"""What the environment says to a desk."""

from pydantic import Field

from chassis.settings import ServiceSettings


class DeskSettings(ServiceSettings):
    """The settings of a desk, beside those of every service."""

    workspace: str = Field(default="main", min_length=1)
    """The workspace whose heartbeats begin at the start, before anybody signs in."""
    admin_port: int = Field(default=7105, ge=0, le=65535)
    """Port of the admin HTTP server; 0 takes a free one."""
    grpc_port: int = Field(default=7305, ge=0, le=65535)
    """Port of AgentService; 0 takes a free one."""
    grpc_max_connection_age_seconds: float = Field(default=43_200.0, gt=0)
    """Agents are asked to reconnect after so long: once a shift, not in the middle of a call."""
    drain_timeout_seconds: float = Field(default=5.0, gt=0)
    """How long the last words may take after SIGTERM; well below the agents' grace."""
    key_service_address: str = "127.0.0.1:7306"
    """Where KeyService is."""
    customer_service_address: str = "127.0.0.1:7306"
    """Where CustomerService is."""
    crm_timeout_seconds: float = Field(default=1.5, gt=0)
    """Deadline of each question to crm; an offer never waits for one."""
    card_fresh_seconds: float = Field(default=15.0, ge=0)
    """How long a customer card may be shown again without asking."""
    heartbeat_seconds: float = Field(default=1.8, gt=0)
    """Between two signs of life: below 2 s, so that engine time catches up, and thrice in 6 s."""
    sign_in_seconds: float = Field(default=5.0, gt=0)
    """How long the router may take to answer a sign-in."""
    command_seconds: float = Field(default=5.0, gt=0)
    """How long a command may take; then its result is UNKNOWN."""
    conversation_wait_seconds: float = Field(default=3.0, gt=0)
    """How long a conversation waits for messages that crm has not yet."""
    conversation_max_messages: int = Field(default=200, ge=1, le=200)
    """Most messages of one conversation that are shown at once."""
    conversation_max_bytes: int = Field(default=3_000_000, ge=300_000)
    """Most bytes of one conversation that are shown at once; below the largest gRPC message."""
    followed_max_messages: int = Field(default=20_000, ge=1)
    """How many sealed messages are kept until crm surely has them."""
    followed_max_bytes: int = Field(default=67_108_864, ge=1_000_000)
    """How many bytes of sealed messages are kept."""
    followed_back_seconds: float = Field(default=60.0, ge=0)
    """How far back messages are read at the start: more than crm is ever behind."""
    resume_max_steps: int = Field(default=256, ge=1)
    """How many of the last steps of each agent are kept for a resume."""
    resume_max_agents: int = Field(default=2_000, ge=1)
    """Of how many agents."""
    max_streams: int = Field(default=1_000, ge=1)
    """Most agents signed in at this replica."""
    max_commands_in_flight: int = Field(default=32, ge=1)
    """Most commands of one agent at once; more are UNAVAILABLE."""
    outbox_max_events: int = Field(default=1_000, ge=10)
    """Most events that wait for one client; then its stream ends."""
    outbox_max_bytes: int = Field(default=16_777_216, ge=4_194_304)
    """Most bytes that wait for one client."""
    stream_write_seconds: float = Field(default=15.0, gt=0)
    """How long one event may wait for a client to read; then its stream ends."""
