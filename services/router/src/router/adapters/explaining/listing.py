"""The whole list of candidates of an offer: the log is replayed up to it."""

from router.adapters.codec import decode
from router.adapters.codec.account import ChoicePlace
from router.adapters.log_flow import LogFlow
from router.adapters.snapshots import SnapshotStore
from router.domain.candidates import Lists, Row
from router.domain.snapshot import load
from router.domain.versions import ENGINE_VERSIONS
from router.handlers.partition import Partition

OTHERWISE = "this engine decides it otherwise: contact-center replay shows the difference"


class Lister:
    """Begins with the newest snapshot before the first of the offers, else with the log."""

    def __init__(self, flow: LogFlow, store: SnapshotStore) -> None:
        self._flow = flow
        self._store = store

    async def lists(self, workspace: str, places: list[ChoicePlace]) -> dict[str, list[Row] | str]:
        """Return the list of each offer, or why it cannot be had, by the offer's id."""
        found: dict[str, list[Row] | str] = {}
        if not places:
            return found
        causes = [place.cause for place in places]
        snapshot = self._store.latest(workspace, min(causes) - 1)
        start = 0
        if snapshot is not None and snapshot.engine_version in ENGINE_VERSIONS:
            start = snapshot.offset + 1
        stretch = await self._flow.stretch(workspace, start, max(causes) + 1)
        partition = Partition(stretch.partition, decode, lambda key: True)
        if snapshot is not None and start:
            partition.restore([(load(snapshot.state), snapshot.offset)])
        if stretch.start > start:
            why = f"the log begins at offset {stretch.first}, and no snapshot reaches back so far"
            return {place.choice.offer_id: why for place in places}
        lists = Lists(place.choice for place in places)
        async for raw in self._flow.records(stretch):
            if raw.offset in causes and workspace in partition.engines:
                lists.watch(partition.engines[workspace].workspace)
                causes = [cause for cause in causes if cause != raw.offset]
            partition.position = raw.offset - 1
            partition.take(raw)
        for place in places:
            rows = lists.rows.get(place.choice.offer_id)
            found[place.choice.offer_id] = OTHERWISE if rows is None else rows
        return found
