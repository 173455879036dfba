"""`contact-center demo`: the whole contact center at work, before your eyes."""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex

from rich.console import Console
from rich.live import Live

from chassis.settings import ServiceSettings
from local_stack.demo.agents import NAMES, Agents
from local_stack.demo.board import Board
from local_stack.demo.customers import Customers, Doors
from local_stack.demo.plan import plan
from local_stack.demo.roster import roster_with
from local_stack.demo.summary import summary
from local_stack.errors import StackError
from local_stack.home import home
from local_stack.ports import LOOPBACK, free_ports
from local_stack.run_folders import run_folder
from local_stack.stack import Stack
from local_stack.tokens import Tokens

SETTLE_SECONDS = 90.0
REFRESH_SECONDS = 0.25
PLAIN_EVERY_SECONDS = 10.0
CHECKER = Path(__file__).resolve().parents[5] / "tests" / "e2e" / "invariants.py"
NUMBER = "+4930100100"
MAILBOX = "support@cc.test"


def main(argv: list[str]) -> int:
    """Run the demo; 0 when every contact is accounted for and every invariant holds."""
    arguments = argparse.ArgumentParser(prog="contact-center demo", description=__doc__)
    arguments.add_argument(
        "--seconds", type=float, default=float(os.environ.get("DEMO_SECONDS", "60"))
    )
    seconds = arguments.parse_args(argv).seconds
    with run_folder(home()) as data:
        return _run(data, seconds, Console())


def _run(data: Path, seconds: float, console: Console) -> int:
    ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    began = time.monotonic()
    stack = Stack(
        data,
        roster=roster_with(data, ports),
        topic_prefix=f"demo-{token_hex(3)}.",
        temporary=True,
        say=lambda text: console.print(f"[dim]{text}[/dim]"),
    )
    with stack:
        console.print(f"ready after {time.monotonic() - began:.1f} s")
        customers = asyncio.run(_play(stack, ports, seconds, console))
        verdict = _verdict(stack, customers, data)
    console.print(summary(customers, verdict.stdout))
    return 0 if verdict.returncode == 0 and not customers.failures else 1


async def _play(stack: Stack, ports: dict[str, int], seconds: float, console: Console) -> Customers:
    environment = await asyncio.to_thread(stack.environment)
    settings = ServiceSettings(
        kafka_bootstrap_servers=stack.kafka_bootstrap_servers,
        topic_prefix=stack.topic_prefix,
    )
    customers = Customers(_doors(stack, environment))
    tokens = Tokens(environment)
    board = Board(settings, stack.address("analytics.GRPC_PORT"), stack.workspace, tokens)
    watching = asyncio.create_task(board.run())
    showing = asyncio.create_task(_show(board, console))
    desks = [stack.address("desk.GRPC_PORT")]
    try:
        async with Agents(desks, ports, tokens) as agents:
            visits = await _bring_in(customers, seconds)
            await asyncio.wait(visits, timeout=SETTLE_SECONDS)
            await _settled(board)
            customers.came["offers refused"] = len(agents.tempers.refused)
            customers.came["offers left to ring"] = len(agents.tempers.ignored)
            customers.came["transfers"] = len(agents.tempers.transferred)
            customers.came["consults"] = len(agents.tempers.colleagues.asked)
            customers.came["conferences"] = len(agents.tempers.colleagues.joined)
    finally:
        for task in (showing, watching):
            task.cancel()
        await asyncio.gather(showing, watching, return_exceptions=True)
    return customers


async def _bring_in(customers: Customers, seconds: float) -> "list[asyncio.Task[None]]":
    """Start every visit at its time; returns when the demo's time is over."""
    began = time.monotonic()
    visits: list[asyncio.Task[None]] = []
    for arrival in plan(seconds):
        await asyncio.sleep(max(0.0, began + arrival.at_seconds - time.monotonic()))
        visits.append(asyncio.create_task(customers.play(arrival)))
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    return visits


async def _settled(board: Board) -> None:
    """Wait until no contact is open any more; what still is then, the verdict will say."""
    for _ in range(int(SETTLE_SECONDS / REFRESH_SECONDS)):
        if not any(c.open for c in board.numbers.channels):
            return
        await asyncio.sleep(REFRESH_SECONDS)


async def _show(board: Board, console: Console) -> None:
    if not console.is_terminal:
        while True:
            await asyncio.sleep(PLAIN_EVERY_SECONDS)
            console.print(board.render(console.width))
    with Live(console=console, auto_refresh=False, screen=False) as live:
        while True:
            live.update(board.render(console.width, console.height), refresh=True)
            await asyncio.sleep(REFRESH_SECONDS)


def _doors(stack: Stack, environment: dict[str, str]) -> Doors:
    return Doors(
        chat_url=f"ws://{stack.address('ingest-digital.CHAT_PORT')}/v1/chat",
        smtp_host=LOOPBACK,
        smtp_port=stack.ports["ingest-digital.MAIL_PORT"],
        sip=stack.address("ingest-voice.SIP_PORT"),
        number=NUMBER,
        mailbox=MAILBOX,
        widget_secret=stack.secret("CHAT_IDENTITY_SECRET"),
    )


def _verdict(stack: Stack, customers: Customers, data: Path) -> "subprocess.CompletedProcess[str]":
    """Let a program of its own judge the topics."""
    if not CHECKER.is_file():
        raise StackError(f"the demo runs from a checkout: {CHECKER} is not there")
    accepted = data / "accepted.txt"
    accepted.write_text("\n".join(customers.accepted))
    return subprocess.run(
        [
            *(sys.executable, str(CHECKER), "--bootstrap", stack.kafka_bootstrap_servers),
            *("--prefix", stack.topic_prefix, "--accepted", str(accepted)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
