"""The whole list of candidates of an offer, or of who could take one that waits, by replaying."""

from router.adapters.codec import decode
from router.adapters.codec.account import ChoicePlace
from router.adapters.log_flow import LogFlow
from router.adapters.snapshots import SnapshotStore
from router.domain.candidates import Lists, Row
from router.domain.snapshot import load
from router.domain.unoffered import unoffered
from router.domain.versions import ENGINE_VERSIONS
from router.handlers.partition import Partition

EVER = 2**62
OTHERWISE = "this engine decides it otherwise: contact-center replay shows the difference"


class Lister:
    """Begins with the newest snapshot before the first of the offers, else with the log.

    With `waiting`, the id of a contact, it goes on to the log's end; why nobody is offered that
    contact is then in the list under this id, empty when it does not wait.
    """

    def __init__(self, flow: LogFlow, store: SnapshotStore) -> None:
        self._flow = flow
        self._store = store

    async def lists(
        self, workspace: str, places: list[ChoicePlace], waiting: str = ""
    ) -> dict[str, list[Row] | str]:
        """Return the list of each offer, or why it cannot be had, by the offer's id."""
        found: dict[str, list[Row] | str] = {}
        if not places and not waiting:
            return found
        causes = [place.cause for place in places]
        snapshot = self._store.latest(workspace, min(causes, default=EVER) - 1)
        start = 0
        if snapshot is not None and snapshot.engine_version in ENGINE_VERSIONS:
            start = snapshot.offset + 1
        end = None if waiting else max(causes) + 1
        stretch = await self._flow.stretch(workspace, start, end)
        partition = Partition(stretch.partition, decode, lambda key: True)
        if snapshot is not None and start:
            partition.restore([(load(snapshot.state), snapshot.offset)])
        if stretch.start > start:
            why = f"the log begins at offset {stretch.first}, and no snapshot reaches back so far"
            wanted = [place.choice.offer_id for place in places] + [waiting] * bool(waiting)
            return dict.fromkeys(wanted, why)
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
        engine = partition.engines.get(workspace)
        if waiting and engine is not None:
            found[waiting] = unoffered(engine.workspace, waiting)
        return found
