"""A new master key takes over what the ones before it wrapped."""

import asyncio
import logging
from contextlib import suppress

from chassis.errors import Unavailable
from chassis.part import Part
from chassis.postgres import Database
from crm import metrics
from crm.adapters.master_key import MasterKeys, WrongMasterKey

# Replicas share the work: what another one has in hand is passed over.
SELECT = """
SELECT workspace, key_id, wrapped, master FROM contact_keys
WHERE master = ANY ($1::text[]) AND wrapped IS NOT NULL AND key_id <> ALL ($2::text[])
LIMIT 500 FOR UPDATE SKIP LOCKED
"""
UPDATE = """
UPDATE contact_keys k SET wrapped = new.wrapped, master = $4
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new(workspace, key_id, wrapped)
WHERE k.workspace = new.workspace AND k.key_id = new.key_id
"""
LEFT = "SELECT count(*) FROM contact_keys WHERE master = ANY ($1::text[]) AND wrapped IS NOT NULL"
# As many are passed over that do not open; more are no accident.
MOST_UNOPENED = 100

log = logging.getLogger(__name__)


class KeyRewrapping(Part):
    """Wraps keys anew, in the background, for as long as there are older master keys.

    It goes on looking: a replica that was not replaced yet still wraps with the one before.
    The keys themselves stay as they are, and so does all that they sealed.
    """

    def __init__(
        self, database: Database, master_keys: MasterKeys, look_again_seconds: float
    ) -> None:
        self._database = database
        self._master_keys = master_keys
        self._look_again_seconds = look_again_seconds
        self._unopened: list[str] = []
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until all are, and again after a while, until stopped."""
        was_left = -1
        while self._master_keys.older and not self._stopping.is_set():
            try:
                left = await self.rewrap()
            except Unavailable:
                log.warning("keys are not wrapped anew: postgres is away")
            else:
                metrics.KEYS_TO_REWRAP.set(left)
                if left != was_left:
                    log.info("keys wrapped anew", extra={"left": left})
                was_left = left
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_again_seconds):
                    await self._stopping.wait()

    async def stop(self) -> None:
        """The portion in hand is the last."""
        self._stopping.set()

    async def rewrap(self) -> int:
        """Wrap anew what is to be; how many are left (in another's hand, or do not open)."""
        while not self._stopping.is_set() and await self._some():
            continue
        return int(await self._database.fetchval(LEFT, self._master_keys.older))

    async def _some(self) -> int:
        keys = self._master_keys
        async with self._database.transaction() as connection:
            rows = await connection.fetch(SELECT, keys.older, self._unopened)
            places, wrapped = [], []
            for row in rows:
                place = row["workspace"], row["key_id"]
                try:
                    key = keys.unwrap(*place, row["wrapped"], row["master"])
                except WrongMasterKey:
                    self._pass_over(row["key_id"])
                    continue
                places.append(place)
                wrapped.append(keys.wrap(*place, key))
            columns = [place[0] for place in places], [place[1] for place in places]
            await connection.execute(UPDATE, *columns, wrapped, keys.present)
        return len(rows)

    def _pass_over(self, key_id: str) -> None:
        log.error("a stored key does not open with its master key", extra={"key.id": key_id})
        self._unopened.append(key_id)
        if len(self._unopened) > MOST_UNOPENED:
            raise WrongMasterKey(f"more than {MOST_UNOPENED} stored keys do not open")
