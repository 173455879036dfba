"""`contact-center engine show|activate`: which version of the engine decides, and the next one."""

import argparse

from chassis.telemetry import configure_logs
from router.adapters.codec.steering import engine_version_activated
from router.adapters.commands.conversation import Conversation, Write, talking
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.policy_log import reading
from router.adapters.commands.settings import CommandSettings
from router.domain.versions import ENGINE_VERSIONS, NEWEST

REPEATED = "repeated:"


def main(argv: list[str]) -> int:
    """Run the verb; 0 when it is as asked, 1 when it is refused, 2 for a wrong call."""
    given = _arguments().parse_args(argv)
    configure_logs("engine", "engine", "ERROR")
    if given.verb == "show":
        return attempted(_show)
    return attempted(lambda settings: _activate(settings, given.version))


async def begin_with_newest(talk: Conversation) -> None:
    """A workspace without a policy has decided nothing yet: nothing holds it to an old version."""
    await talk.say("EngineVersionActivated", [_activation(NEWEST)])


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contact-center engine", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("show", help="print the version that decides, and those this program knows")
    activate = verbs.add_parser(
        "activate",
        help="decide as this version from now on; only when every router is of a release that"
        " knows it",
    )
    activate.add_argument("version", type=int, nargs="?", default=NEWEST)
    return parser


async def _show(settings: CommandSettings) -> int:
    async with reading(settings) as log:
        version = await log.engine_version()
    known = ", ".join(str(number) for number in ENGINE_VERSIONS)
    print(f"engine version {version} decides; this program knows {known}")
    return DONE


async def _activate(settings: CommandSettings, version: int) -> int:
    async with talking(settings) as talk:
        (answer,) = await talk.say("EngineVersionActivated", [_activation(version)])
    if answer.refused and not answer.refused.startswith(REPEATED):
        print(f"refused: {answer.refused}")
        return REFUSED
    print(f"engine version {version} is active")
    return DONE


def _activation(version: int) -> Write:
    return lambda saying: engine_version_activated(saying, version)
