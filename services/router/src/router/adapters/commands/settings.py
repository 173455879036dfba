"""What the environment says to the policy and roster commands."""

from pathlib import Path

from pydantic import Field

from router.settings import RouterSettings


class CommandSettings(RouterSettings):
    """The router's settings, and whose rules are meant."""

    workspace: str = Field(default="main", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    """The workspace whose policy and roster are applied."""
    start_timeout_seconds: float = Field(default=10.0, gt=0)
    """How long Kafka may be away."""
    router_address: str = "127.0.0.1:7303"
    """Where the router answers (RoutingService)."""
    router_data_dir: Path = Path("build/data/router")
    """DATA_DIR of the router, whose snapshots are replayed from."""

    @property
    def snapshots_at(self) -> str:
        """Where the router's snapshots lie."""
        return self.snapshot_url or f"file://{(self.router_data_dir / 'snapshots').resolve()}"
