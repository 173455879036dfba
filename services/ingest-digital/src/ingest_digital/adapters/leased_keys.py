"""The keys of contacts that begin here."""

from collections.abc import Mapping

from chassis.part import Check
from chassis.sealing import KeyCache


class LeasedKeys(KeyCache):
    """Without a key no contact can begin, so an empty stock is not ready."""

    def readiness(self) -> Mapping[str, Check]:
        """`keys`: there is at least one that nobody used."""
        return {"keys": self._check}

    async def _check(self) -> str | None:
        return None if self.stock else "no leased keys left"
