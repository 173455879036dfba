"""What a board sees: the numbers at once, then each change, at least every five seconds."""

import asyncio

import grpc
import pytest

from contact_center.v1 import analytics_service_pb2 as pb
from contact_center.v1 import routing_events_pb2 as r

from .a_day import START_MS, left, visit


async def test_a_board_sees_the_numbers_at_once_and_then_each_change(analytics, log):
    await log.policy(1, billing=(20, 5))
    request = pb.WatchQueuesRequest(workspace=log.workspace, interval_milliseconds=20)
    watch = analytics.stub.WatchQueues(request)
    first = (await watch.read()).numbers
    await log.step(visit("1"), stamped_ms=START_MS)
    seen = await until(watch, lambda n: n.step_number == 1)
    await log.step(left("1", r.VISIT_EXIT_ANSWERED), stamped_ms=START_MS + 3000)
    last = await until(watch, lambda n: n.step_number == 2)
    watch.cancel()

    assert (first.step_number, list(first.queues)) == (0, [])
    assert [q.waiting for q in seen.queues] == [1, 1]
    assert seen.queues[0].oldest_entered_at.ToMilliseconds() == START_MS
    assert last.queues[0].asa_seconds == 3
    assert last.cause.offset == 1


async def test_a_board_is_told_something_at_least_every_five_seconds(analytics, log):
    request = pb.WatchQueuesRequest(workspace=log.workspace)
    watch = analytics.stub.WatchQueues(request)
    for _ in range(2):
        async with asyncio.timeout(60):
            assert (await watch.read()).numbers.workspace == log.workspace
    watch.cancel()


async def test_a_question_without_a_workspace_or_a_token_is_refused(analytics):
    with pytest.raises(grpc.aio.AioRpcError) as unnamed:
        await analytics.stub.GetQueues(pb.GetQueuesRequest())
    with pytest.raises(grpc.aio.AioRpcError) as watched:
        await analytics.stub.WatchQueues(pb.WatchQueuesRequest()).read()

    assert unnamed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert watched.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def until(watch, is_right):
    async with asyncio.timeout(60):
        while True:
            numbers = (await watch.read()).numbers
            if is_right(numbers):
                return numbers
