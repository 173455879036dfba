"""Answers one question on standard output and ends; the router starts one for each."""

import asyncio
import os
import sys

from chassis.errors import Unavailable
from chassis.telemetry import configure_logs
from contact_center.v1 import routing_service_pb2 as pb
from router.adapters.explaining.answering import NotFound, answer
from router.adapters.explaining.wire import Reply, packed, read_question
from router.settings import RouterSettings

NICENESS = 10
"""On a machine that all share, who explains gives way to who decides."""


def main() -> int:
    """Read an ExplainRequest from standard input, write the reply; nothing for no question."""
    os.nice(NICENESS)
    settings = RouterSettings()
    configure_logs("router-explain", settings.instance_id, "ERROR")
    question = sys.stdin.buffer.read()
    if not question:
        return 0
    seconds, body = read_question(question)
    request = pb.ExplainRequest.FromString(body)
    try:
        response = asyncio.run(_answer(settings, request, seconds))
        reply = packed(Reply.ANSWER, response.SerializeToString())
    except NotFound as error:
        reply = packed(Reply.NOT_FOUND, str(error).encode())
    except Unavailable as error:
        reply = packed(Reply.UNAVAILABLE, str(error).encode())
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()
    return 0


async def _answer(
    settings: RouterSettings, request: pb.ExplainRequest, seconds: float
) -> pb.ExplainResponse:
    return await answer(settings, request, seconds)


if __name__ == "__main__":
    sys.exit(main())
