"""`contact-center explain CONTACT`: why it went where it went, asked of the router."""

import argparse
import asyncio
import json
import os
import shutil
import sys
from datetime import UTC, datetime

import grpc
import grpc.aio
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.rpc import GrpcChannel
from chassis.telemetry import configure_logs
from contact_center.v1 import routing_service_pb2 as pb
from contact_center.v1 import routing_service_pb2_grpc
from router.adapters.commands.explain_text import Shown, account, recent_contacts
from router.adapters.commands.outcome import DONE, REFUSED
from router.adapters.commands.settings import CommandSettings

SECONDS = 30.0
FULL_SECONDS = 300.0
MAX_BYTES = 16_000_000
LEAST_WIDTH = 60

Response = pb.ExplainResponse | pb.ListRecentContactsResponse
Request = pb.ExplainRequest | pb.ListRecentContactsRequest


def main(argv: list[str]) -> int:
    """Print the account; 1 when there is none or the router is away."""
    given = _arguments().parse_args(argv)
    configure_logs("explain", "explain", "ERROR")
    settings = CommandSettings()
    address = given.address or settings.router_address
    if given.contact is None:
        listing = pb.ListRecentContactsRequest(workspace=given.workspace or settings.workspace)
        return _told(settings, address, given, listing)
    request = pb.ExplainRequest(
        workspace=given.workspace or settings.workspace,
        contact_id=given.contact,
        full_list=given.full or given.step > 0,
        step_number=given.step,
        since=given.since,
        until=given.until,
    )
    return _told(settings, address, given, request)


def _told(
    settings: CommandSettings, address: str, given: argparse.Namespace, request: Request
) -> int:
    """Ask, and print the answer."""
    try:
        response = asyncio.run(_ask(settings, address, request, given.within))
    except grpc.aio.AioRpcError as error:
        print(_refusal(error, address, given.contact), file=sys.stderr)
        return REFUSED
    if given.json:
        print(json.dumps(MessageToDict(response, preserving_proto_field_name=True), indent=2))
    elif isinstance(response, pb.ListRecentContactsResponse):
        print(recent_contacts(response, _shown()))
    else:
        print(account(response, _shown()))
    if given.step and isinstance(response, pb.ExplainResponse) and not _has_list(response):
        print(f"step {given.step} makes no offer of this contact", file=sys.stderr)
        return REFUSED
    return DONE


def _has_list(response: pb.ExplainResponse) -> bool:
    return any(told.HasField("full_list") for step in response.steps for told in step.decisions)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="contact-center explain",
        description="Tell every decision about a contact, and why it was made.",
    )
    parser.add_argument("contact", nargs="?", help="its id; without one the latest are listed")
    parser.add_argument("--full", action="store_true", help="everybody who was looked at, and why"
                        " each was dropped (the log is replayed up to each offer)")  # fmt: skip
    parser.add_argument("--step", type=int, default=0, help="… for the offers of this step only")
    parser.add_argument("--since", type=_instant, help="do not search before (2026-07-22T10:00Z)")
    parser.add_argument("--until", type=_instant, help="search back from here, not from now")
    parser.add_argument("--json", action="store_true", help="as RoutingService says it")
    parser.add_argument("--workspace", help="default: WORKSPACE, or main")
    parser.add_argument("--address", help="of the router's gRPC (default: 127.0.0.1:7303)")
    parser.add_argument("--within", type=float, help="give up after so many seconds")
    return parser


def _instant(text: str) -> Timestamp:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        wrong = f"{text!r} is no instant: say it as 2026-07-22 or 2026-07-22T10:00+02:00"
        raise argparse.ArgumentTypeError(wrong) from None
    stamp = Timestamp()
    stamp.FromDatetime((found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC))
    return stamp


async def _ask(
    settings: CommandSettings, address: str, request: Request, within: float | None
) -> Response:
    channel = GrpcChannel(settings, address, max_message_bytes=MAX_BYTES)
    try:
        stub = routing_service_pb2_grpc.RoutingServiceStub(channel.channel)
        if isinstance(request, pb.ListRecentContactsRequest):
            call = stub.ListRecentContacts(request, timeout=within or SECONDS)
        else:
            seconds = within or (FULL_SECONDS if request.full_list else SECONDS)
            call = stub.Explain(request, timeout=seconds)
        response: Response = await call
        return response
    finally:
        await channel.stop()


def _refusal(error: grpc.aio.AioRpcError, address: str, contact_id: str | None) -> str:
    match error.code():
        case grpc.StatusCode.NOT_FOUND:
            return (
                f"nothing is known of contact {contact_id!r}: {error.details()}"
                "\n(for an older one say --until, an instant after its end)"
            )
        case grpc.StatusCode.UNAVAILABLE:
            return f"no router answers at {address} (or Kafka is away): {error.details()}"
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return "it took too long: --within gives it more time, --since less to search"
    return f"the router refuses: {error.details()}"


def _shown() -> Shown:
    width = shutil.get_terminal_size((100, 24)).columns
    is_colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Shown(width=max(width, LEAST_WIDTH), is_colored=is_colored)
