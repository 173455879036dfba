"""Each alert fires when it should, is quiet when it should, reaches somebody, and leads on."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml
from deploy.observability.__main__ import BOARDS
from deploy.observability.catalogue import catalogue, known_series
from deploy.observability.causes import CAUSES
from deploy.observability.objectives import OBJECTIVES
from deploy.observability.panels import panels
from deploy.observability.rules import groups
from deploy.observability.tests.alert_cases import CASES, Case

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]
RUNBOOKS = ROOT / "docs" / "runbooks"
ALERTS = [rule for group in groups() for rule in group["rules"] if "alert" in rule]
TITLES = {board.title.removeprefix("Contact center: ").lower() for board in BOARDS}
TITLES |= {panel.title for board in BOARDS for panel in panels(board)}
TITLES |= {row for board in BOARDS for row, _ in board.rows}
OURS = (
    *("ingest_", "router_", "desk_", "crm_", "analytics_", "self_", "consumer_", "postgres_"),
    *("producer_", "grpc_", "process_", "event_loop_", "admin_", "log_lines"),
)
PARTS = ("**What it means.**", "**What customers feel.**", "## Look here", "## Do this")


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus prometheus-alertmanager")
    return found


def unknown_in(words: list[str]) -> list[str]:
    """What of `contact-center WORDS` is no verb, no verb of a verb, or no option of it."""
    name, *rest = words
    [verb] = entry_points(group="contact_center.commands", name=name) or [None]
    if verb is None:
        return [name]
    usage = help_of(verb.load(), [])
    if below := re.search(r"\{([a-z-]+(?:,[a-z-]+)+)\}\s+\.\.\.", usage):
        if rest[0] not in below[1].split(","):
            return [f"{name}: {rest[0]}"]
        usage = help_of(verb.load(), rest[:1])
    known = re.findall(r"--[a-z-]+", usage)
    return [f"{name}: {word}" for word in rest if word.startswith("--") and word not in known]


def help_of(main: Callable[[list[str]], int], words: list[str]) -> str:
    told = io.StringIO()
    with redirect_stdout(told), suppress(SystemExit):
        main([*words, "--help"])
    return told.getvalue()


@cache
def sources() -> str:
    """Everything that could be logged."""
    folders = ("services/*/src", "libs/*/src")
    files = [file for folder in folders for file in ROOT.glob(f"{folder}/**/*.py")]
    return "\n".join(file.read_text() for file in files)


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def unit_test(case: Case, series: dict[str, str], *, fires: bool) -> dict[str, object]:
    wanted = f'ALERTS{{alertname="{case.alert}",severity="{case.severity}",alertstate="firing"}}'
    told = f"sum({wanted}) > bool 0"
    return {
        "interval": case.interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": told,
                "eval_time": case.eval_time,
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }


def rules_of(case: Case) -> dict[str, object]:
    """The alert with what it needs: to evaluate all rules for each case would take minutes."""
    [group, *_] = [g for g in groups() if any(r.get("alert") == case.alert for r in g["rules"])]
    rules = [r for r in group["rules"] if r.get("alert", case.alert) == case.alert]
    return {"groups": [{"name": group["name"], "rules": rules}]}


def test_each_alert_fires_and_each_is_quiet(tmp_path: Path) -> None:
    promtool = tool("promtool")
    paths = []
    for number, case in enumerate(CASES):
        rules, path = tmp_path / f"rules{number}.yml", tmp_path / f"{number}-{case.alert}.yml"
        rules.write_text(yaml.safe_dump(rules_of(case)))
        tests = [unit_test(case, case.fires, fires=True)]
        tests += [unit_test(case, case.quiet, fires=False)]
        written = {
            "rule_files": [rules.name],
            "evaluation_interval": case.interval,
            "tests": tests,
        }
        path.write_text(yaml.safe_dump(written))
        paths.append(str(path))

    run(promtool, "test", "rules", *paths)


def test_no_alert_is_without_a_case() -> None:
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in ALERTS} == {
        (case.alert, case.severity) for case in CASES
    }


@pytest.mark.parametrize("name", sorted({rule["alert"] for rule in ALERTS}))
def test_each_alert_leads_to_a_page_for_somebody_who_was_woken(name: str) -> None:
    rule = next(rule for rule in ALERTS if rule["alert"] == name)
    assert rule["annotations"]["runbook_url"].endswith(f"docs/runbooks/{name}.md")
    text = (RUNBOOKS / f"{name}.md").read_text()

    assert text.startswith(f"# {name}\n")
    assert [part for part in PARTS if part not in text] == []
    assert rule["annotations"]["summary"]


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_names_only_what_there_is(path: Path) -> None:
    """Metrics, panels and other runbooks: nobody should look for them in vain at night."""
    text = path.read_text()
    metrics = {name for name in re.findall(r"`(\w+)[`{(]", text) if name.startswith(OURS)}
    shown = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", text)
    links = re.findall(r"\]\((\w+\.md)\)", text)

    assert metrics <= known_series() | {metric.shown_as for metric in catalogue()}
    assert set(shown) <= TITLES
    assert [link for link in links if not (RUNBOOKS / link).exists()] == []


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_what_a_runbook_tells_to_call_or_to_look_for_is_there(path: Path) -> None:
    """Commands with their options; and lines of the logs, as some source has them."""
    spans = re.findall(r"`([^`\n]+)`", path.read_text())
    commands = [span.split()[1:] for span in spans if span.startswith("contact-center ")]
    others = ("kubectl ", "make ", "py-spy ", "select ")
    lines = [span for span in spans if " " in span and re.fullmatch(r"[a-z; ]+", span)]
    lines = [line for line in lines if not line.startswith(others)]

    assert [wrong for words in commands for wrong in unknown_in(words)] == []
    assert [line for line in lines if line not in sources()] == []


def test_a_command_that_is_none_is_seen() -> None:
    assert unknown_in(["tap", "contact-events.v1", "--from-start"]) == ["tap: --from-start"]
    assert unknown_in(["steer", "throw", "C"]) == ["steer: throw"]
    assert unknown_in(["dance"]) == ["dance"]


def test_no_runbook_is_left_over() -> None:
    names = {one.alert for one in OBJECTIVES} | {cause.alert for cause in CAUSES}

    assert {path.stem for path in RUNBOOKS.glob("*.md")} == names


def test_prometheus_takes_rules_and_configuration() -> None:
    assert "SUCCESS" in run(tool("promtool"), "check", "config", str(HERE / "prometheus.yml"))


@pytest.mark.parametrize(("severity", "receiver"), [("page", "pager"), ("ticket", "tickets")])
def test_alertmanager_tells_the_right_people(severity: str, receiver: str) -> None:
    amtool, path = tool("amtool"), str(HERE / "alertmanager.yml")
    run(amtool, "check-config", path)
    for rule in ALERTS:
        if rule["labels"]["severity"] == severity:
            labels = (f"severity={severity}", f"alertname={rule['alert']}")
            told = run(amtool, "config", "routes", "test", f"--config.file={path}", *labels)
            assert told.strip() == receiver
