"""`contact-center agent`: work as an agent, in the terminal."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from chassis.security import agent_tokens
from chassis.security.tls import channel_credentials
from chassis.settings import ServiceSettings
from contact_center_agent import AgentClient, Channels
from desk.terminal.screen import Screen
from desk.terminal.view import View

DEFAULT_DESK = "127.0.0.1:7305"


def main(argv: list[str]) -> int:
    """Work until the agent leaves; 0, or 2 without a terminal."""
    options = _options(argv)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("contact-center agent needs a terminal", file=sys.stderr)
        return 2
    return asyncio.run(_work(options))


async def _work(options: argparse.Namespace) -> int:
    addresses = [address.strip() for address in options.desk.split(",") if address.strip()]
    view = View(agent_id=options.name, workspace=options.workspace)
    settings = ServiceSettings(token_file=options.token_file) if options.token_file else None
    settings = settings or ServiceSettings()
    client = AgentClient(
        addresses,
        options.name,
        workspace=options.workspace,
        token=agent_tokens(settings, options.name, options.workspace).token,
        channels=Channels(channel_credentials(settings)),
    )
    async with client:
        return await Screen(client, view).run()


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="contact-center agent",
        description="Take contacts as an agent: offers, chats, mails and calls on one screen.",
    )
    parser.add_argument("--name", required=True, help="the agent's id on the roster")
    parser.add_argument(
        "--desk",
        default=os.environ.get("DESK_ADDRESS", DEFAULT_DESK),
        metavar="HOST:PORT[,HOST:PORT]",
        help="the desks to try, in this order (default: DESK_ADDRESS, else %(default)s)",
    )
    parser.add_argument(
        "--workspace",
        default=os.environ.get("WORKSPACE", "main"),
        help="default: WORKSPACE, else main",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="the agent's token, read again before it expires (default: TOKEN_FILE, else one of"
        " the development issuer of the stack that runs here)",
    )
    return parser.parse_args(argv)
