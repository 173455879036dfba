"""Answers one question on standard output and ends; the router starts one for each."""

import asyncio
import os
import sys

from chassis.errors import Unavailable
from chassis.telemetry import configure_logs
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.explaining.answering import NotFound, answer, answer_recent
from router.adapters.explaining.wire import Question, Reply, packed, read_question
from router.settings import RouterSettings

NICENESS = 10
"""On a machine that all share, who explains gives way to who decides."""


def main() -> int:
    """Read a question from standard input, write the reply; nothing for no question."""
    os.nice(NICENESS)
    settings = RouterSettings()
    configure_logs("router-explain", settings.instance_id, "ERROR")
    given = sys.stdin.buffer.read()
    if not given:
        return 0
    try:
        response = asyncio.run(_answer(settings, *read_question(given)))
        reply = packed(Reply.ANSWER, response.SerializeToString())
    except NotFound as error:
        reply = packed(Reply.NOT_FOUND, str(error).encode())
    except Unavailable as error:
        reply = packed(Reply.UNAVAILABLE, str(error).encode())
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()
    return 0


async def _answer(
    settings: RouterSettings, question: Question, seconds: float, body: bytes
) -> pb.ExplainResponse | pb.ListRecentContactsResponse:
    if question is Question.RECENT:
        listing = pb.ListRecentContactsRequest.FromString(body)
        return await answer_recent(settings, listing, seconds)
    return await answer(settings, pb.ExplainRequest.FromString(body), seconds)


if __name__ == "__main__":
    sys.exit(main())
