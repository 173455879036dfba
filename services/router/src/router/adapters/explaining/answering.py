"""One question about a contact: find its steps, tell them, add the lists that were asked for."""

from contact_center.v1 import common_pb2
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.codec.account import add_lists, choices_in, explained
from router.adapters.explaining.finding import Finder, Search
from router.adapters.explaining.listing import Lister
from router.adapters.log_flow import LogFlow
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT
from router.adapters.snapshots import SnapshotStore
from router.settings import RouterSettings

MOST_STEPS = 1_000
MOST_BYTES = 3_000_000
MOST_ROWS = 20_000


class NotFound(Exception):
    """No step that was searched is about the contact."""


async def answer(settings: RouterSettings, request: pb.ExplainRequest) -> pb.ExplainResponse:
    """Return the account; NotFound when there is none, Unavailable when Kafka is away."""
    reader = LogReader(settings)
    try:
        await reader.start((INPUT, OUTPUT))
        since = request.since.ToMilliseconds() if request.HasField("since") else None
        search = await Finder(reader).find(request.workspace, request.contact_id, since)
        response = _response(request, search)
        if request.full_list:
            lister = Lister(LogFlow(reader), SnapshotStore(settings.snapshots_at, 1))
            places = choices_in(response.steps, request.step_number)
            add_lists(response.steps, await lister.lists(request.workspace, places), MOST_ROWS)
        return response
    finally:
        await reader.stop()


def _response(request: pb.ExplainRequest, search: Search) -> pb.ExplainResponse:
    steps = explained(search.found, request.contact_id)
    if not steps:
        raise NotFound(
            f"none of the {search.count:,} steps that were searched is about this contact"
        )
    shown, size = [], 0
    for step in steps[:MOST_STEPS]:
        size += step.ByteSize()
        if size > MOST_BYTES:
            break
        shown.append(step)
    return pb.ExplainResponse(
        workspace=request.workspace,
        contact_id=request.contact_id,
        steps=shown,
        is_complete=search.is_complete,
        left_out_count=len(steps) - len(shown),
        searched_from=common_pb2.Position(partition=search.partition, offset=search.start),
        searched_count=search.count,
    )
