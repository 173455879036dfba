"""`contact-center audit`: who read or changed what, and whether that log is whole."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from chassis.errors import NotAllowed, Unavailable
from chassis.kafka import Record
from chassis.settings import ServiceSettings
from crm.adapters.audit_account import Account, read_links, verify
from crm.adapters.codec.audit import plain
from crm.domain.audit_chain import Head, Link


def main(argv: list[str]) -> int:
    """Run the command; 0 when all is well, 1 when the log is broken or cannot be read."""
    parser = argparse.ArgumentParser(prog="contact-center audit", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verifying = verbs.add_parser("verify", help="follow the chain, name the first broken link")
    verifying.add_argument(
        "--anchor", type=Path, help="a file of --keep: the log must be tied to what it says"
    )
    verifying.add_argument(
        "--keep", type=Path, help="write how far each chain is, to be kept elsewhere"
    )
    listing = verbs.add_parser("list", help="print the events as JSON lines")
    listing.add_argument("--workspace", help="only of this one")
    listing.add_argument("--subject", help="only what this caller did")
    listing.add_argument("--about", metavar="ID", help="only what has to do with this id")
    chosen = parser.parse_args(argv)
    settings = ServiceSettings()
    try:
        if chosen.verb == "list":
            return asyncio.run(_list(settings, chosen))
        return _verify(settings, chosen)
    except (Unavailable, NotAllowed, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _verify(settings: ServiceSettings, chosen: argparse.Namespace) -> int:
    anchors = read_anchors(chosen.anchor) if chosen.anchor else {}
    account = asyncio.run(verify(settings, anchors))
    tell(account)
    if account.broken:
        return 1
    if chosen.keep:
        chosen.keep.write_text(_anchors_text(account))
    return 0


def tell(account: Account) -> None:
    """Print which links of each chain were verified and from where, and what is broken."""
    for workspace, head in sorted(account.heads.items()):
        first = account.begins[workspace]
        since = _since(first, account.tied.get(workspace))
        print(f"{workspace}: links {first} to {head.number}{since}, head {head.hash.hex()}")
    if account.waiting:
        print(f"{account.waiting} events wait for their seal")
    for number, broken in enumerate(account.broken):
        print(f"{'FIRST BROKEN: ' if number == 0 else ''}{broken}", file=sys.stderr)
    if account.more:
        print(f"and {account.more} more", file=sys.stderr)


def _since(first: int, anchor: int | None) -> str:
    """What vouches for the beginning."""
    if anchor is not None:
        return f", tied to the anchor's link {anchor}"
    if first > 1:
        return f" (1 to {first - 1} are gone, and no anchor says what they were)"
    return ""


async def _list(settings: ServiceSettings, chosen: argparse.Namespace) -> int:
    def show(link: Link, _: Record) -> None:
        event = plain(link)
        if _is_wanted(event, chosen):
            print(json.dumps(event, ensure_ascii=False))

    await read_links(settings, show)
    return 0


def _is_wanted(event: dict[str, Any], chosen: argparse.Namespace) -> bool:
    ids = [about["value"] for about in event.get("about", ())]
    return (
        chosen.workspace in (None, event["workspace"])
        and chosen.subject in (None, event.get("subject"))
        and (chosen.about is None or chosen.about in ids)
    )


def _anchors_text(account: Account) -> str:
    heads = {
        name: {"number": head.number, "hash": head.hash.hex()}
        for name, head in sorted(account.heads.items())
    }
    return json.dumps(heads, indent=2) + "\n"


def read_anchors(file: Path) -> dict[str, Head]:
    """What `--keep` wrote."""
    return {
        name: Head(workspace=name, number=int(head["number"]), hash=bytes.fromhex(head["hash"]))
        for name, head in json.loads(file.read_text()).items()
    }
