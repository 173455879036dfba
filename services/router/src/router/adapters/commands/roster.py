"""`contact-center roster check|apply`."""

import argparse
from pathlib import Path

from chassis.telemetry import configure_logs
from router.adapters.codec.steering import Answer, agent_defined, removed_in, roster_declared
from router.adapters.commands.conversation import Conversation, Write, talking
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.policy_file import read_policy as read_policy_file
from router.adapters.commands.roster_file import read_roster
from router.adapters.commands.settings import CommandSettings
from router.adapters.commands.source import Source
from router.domain.policy import Policy, RosterAgent

REPEATED = "repeated:"


def main(argv: list[str]) -> int:
    """Run the verb; 0 when everything is right, 1 when it is refused, 2 for a wrong call."""
    given = _arguments().parse_args(argv)
    configure_logs("roster", "roster", "ERROR")
    if given.verb == "apply":
        return attempted(lambda settings: _apply(settings, given.file, given.is_keeping))
    policy = None
    if given.policy is not None:
        rules = Source(given.policy)
        policy = read_policy_file(rules)
        if rules.errors:
            print("\n".join(rules.report()))
            return REFUSED
    agents = _read(given.file, policy)
    if agents is None:
        return REFUSED
    print(f"{given.file.name}: {len(agents)} agents; nothing is wrong with it")
    return DONE


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contact-center roster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="say what is wrong with a file; needs no server")
    check.add_argument(
        "--policy", type=Path, help="a policy file to compare skills and queues with"
    )
    apply = verbs.add_parser("apply", help="make these the agents who work here")
    apply.add_argument(
        "--keep-others",
        dest="is_keeping",
        action="store_true",
        help="remove nobody who is not in the file",
    )
    for verb in (check, apply):
        verb.add_argument("file", type=Path)
    return parser


def _read(path: Path, policy: Policy | None) -> list[RosterAgent] | None:
    source = Source(path)
    agents = read_roster(source, policy)
    if source.errors:
        print("\n".join(source.report()))
        return None
    return agents


async def _apply(settings: CommandSettings, path: Path, is_keeping: bool) -> int:
    if _read(path, None) is None:
        return REFUSED
    async with talking(settings) as talk:
        policy = await talk.log.active()
        if policy is None:
            print("no policy is active yet: apply a policy first")
            return REFUSED
        agents = _read(path, policy)
        if agents is None:
            return REFUSED
        defined = await talk.say("AgentDefined", [_definition(agent) for agent in agents])
        names = [agent.agent_id for agent in agents]
        removed, refused = ([], "") if is_keeping else await _declare(talk, names)
    return _report(names, defined, removed, refused)


async def _declare(talk: Conversation, names: list[str]) -> tuple[list[str], str]:
    """Say that nobody else works here; return who left, and why it was refused."""
    (answer,) = await talk.say("RosterDeclared", [lambda saying: roster_declared(saying, names)])
    if answer.refused and not answer.refused.startswith(REPEATED):
        return [], f"the roster is refused: {answer.refused}"
    return removed_in(answer.value), ""


def _definition(agent: RosterAgent) -> Write:
    return lambda saying: agent_defined(saying, agent)


def _report(names: list[str], defined: list[Answer], gone: list[str], refusal: str) -> int:
    """Print what became of each; REFUSED when the router refused any."""
    changed = [n for n, answer in zip(names, defined, strict=True) if not answer.refused]
    same = sum(answer.refused.startswith(REPEATED) for answer in defined)
    refused = [
        f"agent {name!r} is refused: {answer.refused}"
        for name, answer in zip(names, defined, strict=True)
        if answer.refused and not answer.refused.startswith(REPEATED)
    ]
    refused += [refusal] if refusal else []
    print(f"roster: {len(changed)} defined{_list(changed)}, {same} as they were,"
          f" {len(gone)} removed{_list(gone)}")  # fmt: skip
    print("\n".join(refused), end="\n" if refused else "")
    return REFUSED if refused else DONE


def _list(names: list[str]) -> str:
    return f" ({', '.join(names)})" if names else ""
