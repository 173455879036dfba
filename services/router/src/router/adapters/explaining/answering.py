"""One question about a contact: find its steps, tell them, add the lists that were asked for."""

from datetime import UTC, datetime

from contact_center.v1 import common_pb2
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.codec.account import (
    add_lists,
    bounded,
    choices_in,
    explained,
    is_over,
    recent,
)
from router.adapters.explaining.finding import Asked, Finder, Search
from router.adapters.explaining.listing import Lister
from router.adapters.log_flow import LogFlow
from router.adapters.log_reader import LogReader
from router.adapters.outbox import INPUT, OUTPUT
from router.adapters.snapshots import SnapshotStore
from router.settings import RouterSettings

MOST_STEPS = 1_000
MOST_BYTES = 3_000_000
MOST_ROWS = 20_000
USUAL_CONTACTS, MOST_CONTACTS = 20, 200
SEARCH_SHARE, SEARCH_SHARE_BEFORE_LISTS = 0.7, 0.4
"""Of the time that there is, this much goes into the search."""


class NotFound(Exception):
    """No step that was searched is about the contact."""


async def answer(
    settings: RouterSettings, request: pb.ExplainRequest, seconds: float
) -> pb.ExplainResponse:
    """Return the account; NotFound when there is none, Unavailable when Kafka is away."""
    reader = LogReader(settings)
    try:
        await reader.start((INPUT, OUTPUT))
        search = await Finder(reader).find(_asked(request, seconds))
        response = _response(request, search)
        if request.full_list:
            lister = Lister(LogFlow(reader), SnapshotStore(settings.snapshots_at, 1))
            places = choices_in(response.steps, request.step_number)
            is_now = not request.step_number and not request.HasField("until")
            waiting = request.contact_id if is_now and not is_over(response) else ""
            lists = await lister.lists(request.workspace, places, waiting)
            add_lists(response, lists, MOST_ROWS)
        return response
    finally:
        await reader.stop()


async def answer_recent(
    settings: RouterSettings, request: pb.ListRecentContactsRequest, seconds: float
) -> pb.ListRecentContactsResponse:
    """Return the contacts that were decided about last; Unavailable when Kafka is away."""
    reader = LogReader(settings)
    try:
        await reader.start((OUTPUT,))
        found = await Finder(reader).latest(request.workspace)
        limit = min(request.limit or USUAL_CONTACTS, MOST_CONTACTS)
        return pb.ListRecentContactsResponse(contacts=recent(found, limit))
    finally:
        await reader.stop()


def _asked(request: pb.ExplainRequest, seconds: float) -> Asked:
    share = SEARCH_SHARE_BEFORE_LISTS if request.full_list else SEARCH_SHARE
    return Asked(
        workspace=request.workspace,
        contact_id=request.contact_id,
        seconds=share * seconds,
        since=request.since.ToMilliseconds() if request.HasField("since") else None,
        until=request.until.ToMilliseconds() if request.HasField("until") else None,
    )


def _response(request: pb.ExplainRequest, search: Search) -> pb.ExplainResponse:
    steps = explained(search.found, request.contact_id)
    if not search.count:
        raise NotFound("no step at all was said in that time")
    if not steps:
        since = datetime.fromtimestamp(search.oldest / 1000, UTC)
        raise NotFound(
            f"none of the {search.count:,} steps since {since:%Y-%m-%d %H:%M:%S} UTC is about it"
        )
    shown = bounded(steps, MOST_STEPS, MOST_BYTES)
    return pb.ExplainResponse(
        workspace=request.workspace,
        contact_id=request.contact_id,
        steps=shown,
        is_complete=search.is_complete,
        left_out_count=len(steps) - len(shown),
        searched_from=common_pb2.Position(partition=search.partition, offset=search.start),
        searched_count=search.count,
    )
