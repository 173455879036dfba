"""`contact-center policy test`: scenarios as text, beside the policy that they are about."""

from collections.abc import Iterable, Iterator
from difflib import ndiff
from pathlib import Path

from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.source import Source
from router.domain.policy import Policy
from router.scenarios.scenario import Scenario
from router.scenarios.text import NotUnderstood, blocks

MAX_BYTES = 512_000
MOST_FILES = 1_000
POLICY = "policy.yaml"
SCENARIOS = "scenarios"


class NoScenarios(Exception):
    """There is nothing to test, or no policy to test it with; the text says where was looked."""


def scenario_files(path: Path) -> list[Path]:
    """Return the scenarios of a file, of a folder, or of the folder beside a policy."""
    if path.suffix in (".yaml", ".yml"):
        path = path.parent / SCENARIOS
    if path.is_file():
        return [path]
    found = sorted(path.rglob("*.txt"))[: MOST_FILES + 1]
    if not found:
        raise NoScenarios(f"{path}: there is no scenario (*.txt)")
    if len(found) > MOST_FILES:
        raise NoScenarios(f"{path}: there are more than {MOST_FILES} scenarios")
    return found


def policy_beside(scenario: Path) -> Path:
    """Return the policy that a scenario is about.

    The .yaml of its own name; else policy.yaml in its folder, or in the one above.
    """
    folder = scenario.resolve().parent
    places = [scenario.with_suffix(".yaml"), folder / POLICY, folder.parent / POLICY]
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(place.name for place in places[:1]) + f", {POLICY} here or one above"
    raise NoScenarios(f"{scenario.name}: there is no policy beside it ({looked}); say --policy")


def wrong_in(scenario: Path, policy: Policy) -> list[str]:
    """Return what the engine does otherwise than the scenario says; empty when all is so."""
    try:
        if scenario.stat().st_size > MAX_BYTES:
            return [f"{scenario.name}: it has more than {MAX_BYTES} bytes"]
        lines = scenario.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return [f"{scenario.name}: it cannot be read: {error}"]
    try:
        found = blocks(lines)
    except NotUnderstood as error:
        return [f"{scenario.name}: {error}"]
    if not found:
        return [f"{scenario.name}: there is nothing in it"]
    run = Scenario(policy)
    for number, commands, expected in found:
        try:
            told = run.run(commands)
        except NotUnderstood as error:
            return [f"{scenario.name}:{number}: {error}"]
        if told != expected:
            title = f"{scenario.name}:{number}: not as expected (- expected, + happened)"
            return [title, *_difference(expected, told)]
    return []


def tested(files: Iterable[Path], policy_file: Path | None) -> Iterator[tuple[Path, list[str]]]:
    """Yield each scenario with what is wrong with it."""
    read: dict[Path, tuple[Policy, Source]] = {}
    for scenario in files:
        place = policy_file or policy_beside(scenario)
        if place not in read:
            source = Source(place)
            read[place] = (read_policy(source), source)
            if source.errors:
                print("\n".join(source.report()))
        policy, source = read[place]
        if source.errors:
            yield scenario, [f"{scenario.name}: not run, as {place.name} is wrong"]
        else:
            yield scenario, wrong_in(scenario, policy)


def _difference(expected: list[str], told: list[str]) -> Iterator[str]:
    return (f"    {line.rstrip()}" for line in ndiff(expected, told) if not line.startswith("?"))
