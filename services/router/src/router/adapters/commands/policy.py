"""`contact-center policy check|apply|show|diff|test|rollback`."""

import argparse
from pathlib import Path

from chassis.telemetry import configure_logs
from router.adapters.commands.flow_names import flow_errors
from router.adapters.commands.outcome import DONE, REFUSED, TROUBLE, attempted
from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.policy_verbs import apply, diff, diff_files, rollback, show
from router.adapters.commands.scenario_files import NoScenarios, scenario_files, tested
from router.adapters.commands.source import Source
from router.domain.policy import Policy

ACTIVE = "active"


def main(argv: list[str]) -> int:
    """Run the verb; 0 when everything is right, 1 when it is refused, 2 for a wrong call.

    `diff` ends with 0 for no difference, 1 for some, 2 for trouble.
    """
    parser = _arguments()
    given = parser.parse_args(argv)
    configure_logs("policy", "policy", "ERROR")
    match given.verb:
        case "check":
            return _check(given.file, given.flows)
        case "apply":
            return _apply(given)
        case "show":
            return attempted(lambda settings: show(settings, given.version))
        case "diff":
            return _diff(given.before, given.after)
        case "test":
            return _test(given.path, given.policy)
        case _:
            return attempted(lambda settings: rollback(settings, given.version, given.dry_run))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contact-center policy", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("check", help="say what is wrong with a file; needs no server")
    check.add_argument("file", type=Path)
    check.add_argument(
        "--flows", type=_folder, help="the folder of the flows that the policy may name"
    )
    apply = verbs.add_parser("apply", help="show what changes, and make it the active policy")
    apply.add_argument("file", type=Path)
    apply.add_argument(
        "--base",
        type=int,
        help="the version that the file was made from; refused when another is active",
    )
    show = verbs.add_parser("show", help="print the active policy, or an earlier version")
    show.add_argument("--version", type=int)
    diff = verbs.add_parser("diff", help="say in words what is different; 1 when something is")
    for name in ("before", "after"):
        diff.add_argument(name, help=f"a file, a version's number, or {ACTIVE}")
    test = verbs.add_parser("test", help="run scenarios against a policy file; needs no server")
    test.add_argument("path", type=Path, help="a scenario, a folder of them, or a policy file")
    test.add_argument("--policy", type=Path, help="the policy, if not the one beside them")
    rollback = verbs.add_parser("rollback", help="make an earlier version active again")
    rollback.add_argument("version", type=int)
    for verb in (apply, rollback):
        verb.add_argument("--dry-run", action="store_true", help="only show what would change")
    return parser


def _read(path: Path) -> tuple[Source, Policy | None]:
    source = Source(path)
    policy = read_policy(source)
    if source.errors:
        print("\n".join(source.report()))
        return source, None
    return source, policy


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no folder")
    return path


def _check(path: Path, flows: Path | None) -> int:
    source, policy = _read(path)
    if policy is None:
        return REFUSED
    if flows is not None:
        source.add(flow_errors(policy, flows))
    if source.errors:
        print("\n".join(source.report()))
        return REFUSED
    print(f"{path.name}: {len(policy.queues)} queues, {len(policy.entry_points)}"
          " entry points; nothing is wrong with it")  # fmt: skip
    return DONE


def _apply(given: argparse.Namespace) -> int:
    source, policy = _read(given.file)
    if policy is None:
        return REFUSED
    return attempted(lambda settings: apply(settings, source, policy, given.base, given.dry_run))


def _diff(before: str, after: str) -> int:
    sides: list[Policy | int | None] = []
    for side in (before, after):
        if side == ACTIVE or side.isdigit():
            sides.append(None if side == ACTIVE else int(side))
            continue
        if not Path(side).is_file():
            print(f"{side!r} is no file, no version's number, and not {ACTIVE!r}")
            return TROUBLE
        _, policy = _read(Path(side))
        if policy is None:
            return TROUBLE
        sides.append(policy)
    first, second = sides
    if isinstance(first, Policy) and isinstance(second, Policy):
        return diff_files(first, second)
    return attempted(lambda settings: diff(settings, first, second), TROUBLE)


def _test(path: Path, policy: Path | None) -> int:
    passed = failed = 0
    try:
        if path.suffix in (".yaml", ".yml"):
            policy = policy or path
        for scenario, wrong in tested(scenario_files(path), policy):
            passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
            print("\n".join(wrong) if wrong else f"{scenario.name}: as it says")
    except NoScenarios as error:
        print(error)
        return REFUSED
    print(f"{passed} scenarios are as they say" + (f", {failed} are not" if failed else ""))
    return REFUSED if failed else DONE
