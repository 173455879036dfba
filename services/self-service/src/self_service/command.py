"""`contact-center flow check|show FILE …`: what is wrong with flow files, and what they say."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from self_service.adapters.flow_file import SUFFIX, load_flow
from self_service.domain.checking import targets_of
from self_service.domain.document import FlowInvalid
from self_service.domain.flow import Flow, Step
from self_service.domain.stored import to_json, version_of

OK = 0
WRONG = 1


def main(argv: list[str]) -> int:
    """Return 0 when every file is right, 1 when one is not, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="contact-center flow", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, tells in (("check", "say what is wrong"), ("show", "print the steps")):
        of_verb = verbs.add_parser(verb, help=tells)
        of_verb.add_argument("files", nargs="+", type=Path, metavar="FILE")
    try:
        given = parser.parse_args(argv)
    except SystemExit as error:
        return int(error.code or 0)
    tell = _show if given.verb == "show" else _confirm
    return max(_look(path, tell) for file in given.files for path in _files(file))


def _files(file: Path) -> list[Path]:
    """The file, or the flow files of a folder."""
    return sorted(file.glob(f"*{SUFFIX}")) or [file] if file.is_dir() else [file]


def _look(path: Path, tell: Callable[[Path, Flow], None]) -> int:
    try:
        flow = load_flow(path)
    except OSError as error:
        print(f"{path}: {error.strerror or type(error).__name__}", file=sys.stderr)
        return WRONG
    except FlowInvalid as error:
        for problem in error.problems:
            print(f"{path}:{problem.line}: {problem.message}", file=sys.stderr)
        return WRONG
    tell(path, flow)
    return OK


def _confirm(path: Path, flow: Flow) -> None:
    version = version_of(to_json(flow))[:12]
    print(f"{path}: ok: {len(flow.steps)} steps, version {version}")


def _show(path: Path, flow: Flow) -> None:
    _confirm(path, flow)
    print(f"  channels: {', '.join(flow.channels)}; languages: {', '.join(flow.languages)}")
    for step in flow.steps:
        ways = ", ".join(dict.fromkeys(targets_of(step)))
        arrow = f" -> {ways}" if ways else ""
        print(f"  {step.step_id}: {type(step).__name__.lower()}{_about(step)}{arrow}")


def _about(step: Step) -> str:
    queue = getattr(step, "queue", "")
    outcome = getattr(step, "outcome", "")
    return f" {queue or outcome}".rstrip()
