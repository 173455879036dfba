"""`contact-center policy check|apply|show`."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path

import yaml

from chassis.telemetry import configure_logs
from router.adapters.codec.steering import policy_proposed, read_policy
from router.adapters.commands.conversation import Conversation, talking
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.policy_file import read_policy as read_policy_file
from router.adapters.commands.settings import CommandSettings
from router.adapters.commands.source import Source
from router.domain.policy import Policy


def main(argv: list[str]) -> int:
    """Run the verb; 0 when everything is right, 1 when it is refused, 2 for a wrong call."""
    given = _arguments().parse_args(argv)
    configure_logs("policy", "policy", "ERROR")
    if given.verb == "show":
        return attempted(lambda settings: _with(settings, _show))
    source = Source(given.file)
    policy = read_policy_file(source)
    if source.errors:
        print("\n".join(source.report()))
        return REFUSED
    if given.verb == "check":
        print(f"{given.file.name}: {len(policy.queues)} queues, {len(policy.entry_points)}"
              " entry points; nothing is wrong with it")  # fmt: skip
        return DONE
    return attempted(
        lambda settings: _with(settings, lambda talk: _apply(talk, source, policy, given.base))
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contact-center policy", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="say what is wrong with a file; needs no server")
    apply = verbs.add_parser("apply", help="make it the active policy")
    verbs.add_parser("show", help="print the active policy")
    for verb in (check, apply):
        verb.add_argument("file", type=Path)
    apply.add_argument(
        "--base",
        type=int,
        help="the version that the file was made from; refused when another is active",
    )
    return parser


async def _with(settings: CommandSettings, do: Callable[[Conversation], Awaitable[int]]) -> int:
    async with talking(settings) as talk:
        return await do(talk)


async def _apply(talk: Conversation, source: Source, policy: Policy, base: int | None) -> int:
    active = await talk.active_policy(read_policy)
    version = 0 if active is None else active.version
    if active is not None and base in (None, version) and policy == replace(active, version=0):
        print(f"policy version {version} is active and says the same")
        return DONE
    expected = version if base is None else base
    (answer,) = await talk.say(
        "PolicyProposed", [lambda saying: policy_proposed(saying, policy, expected)]
    )
    if answer.version:
        print(f"policy version {answer.version} is active")
        return DONE
    source.add(answer.errors)
    print("the policy is refused:")
    print("\n".join([*source.report(), *([answer.refused] if answer.refused else [])]))
    return REFUSED


async def _show(talk: Conversation) -> int:
    active = await talk.active_policy(read_policy)
    if active is None:
        print("no policy is active")
        return REFUSED
    print(yaml.safe_dump(_plain(asdict(active)), sort_keys=False, allow_unicode=True), end="")
    return DONE


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
