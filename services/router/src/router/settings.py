"""What the environment says to the router."""

from pathlib import Path

from pydantic import Field

from chassis.settings import ServiceSettings

SERVICE = "router"


class RouterSettings(ServiceSettings):
    """The settings of every service, and the router's own."""

    admin_port: int = Field(default=7103, ge=0, le=65535)
    """Port of the admin HTTP server (/metrics, /livez, /readyz); 0 takes a free one."""
    grpc_port: int = Field(default=7303, ge=0, le=65535)
    """Port of the gRPC server (RoutingService, health, reflection); 0 takes a free one."""
    data_dir: Path = Path("build/data/router")
    """A folder that only this process writes: snapshots, unless SNAPSHOT_URL says otherwise."""
    snapshot_url: str = ""
    """Where snapshots lie, as an fsspec URL whose driver is installed; empty: in DATA_DIR."""
    snapshot_interval_seconds: float = Field(default=30.0, gt=0)
    """How often the state of workspaces that changed is saved."""
    snapshots_kept: int = Field(default=3, ge=1)
    """How many snapshots of a workspace are kept."""
    snapshots_kept_older: int = Field(default=8, ge=0)
    """How many more stay, each about four times as far back: replay and explain use them."""
    commit_interval_seconds: float = Field(default=0.5, gt=0)
    """How often the group's offsets are committed; recovery does not depend on them."""
    stall_seconds: float = Field(default=30.0, gt=0)
    """With records waiting and none applied for so long, the process ends."""

    @property
    def snapshots_at(self) -> str:
        """Where snapshots lie."""
        return self.snapshot_url or f"file://{(self.data_dir / 'snapshots').resolve()}"
