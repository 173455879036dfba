"""The tables of docs/observability.md that are generated."""

from collections.abc import Iterable
from pathlib import Path

from deploy.observability.catalogue import Metric
from deploy.observability.causes import Cause
from deploy.observability.objectives import Objective

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "observability.md"


def with_tables(text: str, tables: dict[str, str]) -> str:
    """The document with what stands between each pair of markers made anew."""
    for name, table in tables.items():
        begin, end = f"<!-- {name}: generated -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not found or not found_end:
            raise LookupError(f"the document has no place for {name!r}")
        text = f"{before}{begin}\n{table}{end}{after}"
    return text


def metrics_table(metrics: Iterable[Metric]) -> str:
    """A table for each service."""
    lines: list[str] = []
    service = ""
    for metric in metrics:
        if metric.service != service:
            service = metric.service
            lines += ["", f"### {service[0].upper()}{service[1:]}", ""]
            lines += ["| metric | kind | what it tells |", "| --- | --- | --- |"]
        labels = f"{{{','.join(metric.labels)}}}" if metric.labels else ""
        sentence = metric.sentence.replace("|", "\\|")
        lines.append(f"| `{metric.shown_as}{labels}` | {metric.kind} | {sentence} |")
    return "\n".join([*lines, "", ""])


def objectives_table(objectives: Iterable[Objective]) -> str:
    """What is promised, and why so much and no more."""
    lines = ["", "| id | objective | why this number | alert |", "| --- | --- | --- | --- |"]
    for one in objectives:
        lines.append(f"| `{one.name}` | {one.says} | {one.why} | {_runbook(one.alert)} |")
    return "\n".join([*lines, "", ""])


def alerts_table(objectives: Iterable[Objective], causes: Iterable[Cause]) -> str:
    """Who is told what."""
    lines = ["", "| alert | severity | says |", "| --- | --- | --- |"]
    for one in objectives:
        lines.append(f"| {_runbook(one.alert)} | page, ticket | {one.summary} |")
    for cause in causes:
        lines.append(f"| {_runbook(cause.alert)} | {cause.severity} | {cause.summary} |")
    return "\n".join([*lines, "", ""])


def _runbook(alert: str) -> str:
    return f"[{alert}](runbooks/{alert}.md)"
