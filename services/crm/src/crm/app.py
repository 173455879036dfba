"""Where crm is put together."""

from pathlib import Path

from chassis.postgres import Database
from chassis.rpc import GrpcServer
from chassis.run import Lifecycle
from crm.adapters.key_servicer import KeyServicer
from crm.adapters.key_store import KeyStore
from crm.adapters.master_key import read_master_key
from crm.settings import CrmSettings

HERE = Path(__file__).parent
# Inside an installed package, else in the checkout.
MIGRATIONS = next(
    folder for folder in (HERE / "migrations", HERE.parents[1] / "migrations") if folder.is_dir()
)


def build(settings: CrmSettings, life: Lifecycle) -> None:
    """Construct everything, in the order in which it starts."""
    master_key = read_master_key(settings.master_key.get_secret_value(), settings.master_key_file)
    database = life.add(Database(settings, "crm", MIGRATIONS))
    keys = life.add(KeyStore(database, master_key))
    life.add(GrpcServer(settings, [KeyServicer(keys).served], life.health))
