"""The search for a contact's steps: back from the newest to its opening, and bounded."""

import pytest

from contact_center.v1 import routing_events_pb2
from router.adapters.explaining import finding
from router.adapters.explaining.finding import Asked, Finder
from router.adapters.outbox import OUTPUT
from router.handlers.partition import Raw

STEP = 1_000
"""Milliseconds from one record to the next."""


class Log:
    """Stands in for the reader: records in memory, and which offsets were read."""

    def __init__(self, records):
        self.partitions = {OUTPUT: 1}
        self.records = records
        self.looked_at = []

    async def bounds(self, topic, partition):
        return self.records[0].offset, self.records[-1].offset + 1

    async def since(self, topic, partition, stamp):
        return next((r.offset for r in self.records if r.stamp >= stamp), len(self.records))

    async def read(self, topic, partition, start, end):
        for record in self.records:
            if start <= record.offset < end:
                self.looked_at.append(record.offset)
                yield record


def a_step(number, *, opens="", about="", workspace="main"):
    decision = routing_events_pb2.Decision()
    if opens:
        decision.contact_opened.contact_id = opens
    else:
        decision.first_reply_made.contact_id = about or f"other{number}"
    step = routing_events_pb2.RoutingStep(
        workspace=workspace, step_number=number + 1, decisions=[decision]
    )
    value = step.SerializeToString()
    return Raw(offset=number, stamp=number * STEP, key=workspace.encode(), value=value)


@pytest.fixture
def log(monkeypatch):
    monkeypatch.setattr(finding, "FIRST_CHUNK", 10)
    monkeypatch.setattr(finding, "LARGEST_CHUNK", 40)
    records = [a_step(number) for number in range(500)]
    records[300] = a_step(300, opens="c1")
    records[310] = a_step(310, about="c1")
    records[450] = a_step(450, about="c1")
    records[460] = a_step(460, about="c1", workspace="other")
    return Log(records)


async def find(log, contact_id="c1", seconds=60.0, **more):
    asked = Asked(workspace="main", contact_id=contact_id, seconds=seconds, **more)
    return await Finder(log).find(asked)


async def test_it_goes_back_to_the_opening_and_no_further(log):
    search = await find(log)

    assert [found.offset for found in search.found] == [300, 310, 450]
    assert search.is_complete
    assert min(log.looked_at) > 300 - 40
    assert len(log.looked_at) == len(set(log.looked_at)) == search.count


async def test_it_does_not_go_back_behind_since(log):
    search = await find(log, since=305 * STEP)

    assert [found.offset for found in search.found] == [310, 450]
    assert not search.is_complete
    assert search.start == min(log.looked_at) == 305


async def test_it_begins_at_until(log):
    search = await find(log, until=320 * STEP)

    assert [found.offset for found in search.found] == [300, 310]
    assert max(log.looked_at) == 320


async def test_an_unknown_contact_is_looked_for_to_the_bound(log, monkeypatch):
    monkeypatch.setattr(finding, "MOST_SEARCHED", 100)
    search = await find(log, "nobody")

    assert search.found == []
    assert (search.start, search.count, search.oldest) == (400, 100, 400 * STEP)


async def test_who_was_never_opened_is_known_when_the_log_was_searched_from_its_start(log):
    assert (await find(log, "nobody")).is_complete

    log.records = log.records[1:]
    assert not (await find(log, "nobody")).is_complete


async def test_it_ends_when_its_time_is_over(log):
    search = await find(log, "nobody", seconds=-1.0)

    assert search.count == 10
