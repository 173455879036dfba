"""What analytics reads from the environment."""

from pydantic import Field

from chassis.settings import ServiceSettings


class AnalyticsSettings(ServiceSettings):
    """The settings of analytics, beside those that every service has."""

    grpc_port: int = Field(default=7307, ge=0, le=65535)
    """Port of the gRPC server; 0 takes a free one."""
    admin_port: int = Field(default=7107, ge=0, le=65535)
    """Port of the admin HTTP server; 0 takes a free one."""
    checkpoint_seconds: float = Field(default=5.0, gt=0)
    """Pause between two checkpoints of the fold."""
    shortest_interval_milliseconds: int = Field(default=20, ge=1)
    """Shortest interval that a watcher may ask for."""
    max_watches: int = Field(default=500, ge=1)
    """Most boards that are watched at the same time."""
