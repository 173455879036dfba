"""Where analytics is put together."""

from pathlib import Path

from analytics.adapters.checkpoint_store import CheckpointStore
from analytics.adapters.exposition import Exposition
from analytics.adapters.following import Following
from analytics.adapters.servicer import AnalyticsServicer, AuditEvent
from analytics.handlers import Board
from analytics.settings import AnalyticsSettings
from chassis.kafka import DeadLetters, Producer
from chassis.postgres import Database
from chassis.rpc import AuditTrail, GrpcServer
from chassis.run import Lifecycle

HERE = Path(__file__).parent
# Inside an installed package, else in the checkout.
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parents[1] / "migrations") if folder.is_dir()
)


def build(settings: AnalyticsSettings, life: Lifecycle) -> None:
    """Construct everything, in the order in which it starts."""
    board = Board()
    database = life.add(Database(settings, "analytics", MIGRATIONS))
    producer = life.add(Producer(settings, "analytics"))
    life.add(
        Following(settings, board, CheckpointStore(database), DeadLetters(producer, "analytics"))
    )
    life.add(Exposition(board))
    servicer = AnalyticsServicer(settings, board)
    source = f"analytics/{settings.instance_id}"
    life.admin.trail = trail = AuditTrail(producer, "audit-events.v1", AuditEvent, source)
    life.add(GrpcServer(settings, [servicer.served], life.health, trail=trail))
    life.on_drain(board.close)
