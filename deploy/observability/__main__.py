"""Write every generated file; `--check` only says which are stale."""

import sys
from pathlib import Path

from deploy.observability import configs, rules
from deploy.observability.boards import contact_center, ingest, platform, router
from deploy.observability.catalogue import catalogue
from deploy.observability.causes import CAUSES
from deploy.observability.document import (
    DOCUMENT,
    alerts_table,
    metrics_table,
    objectives_table,
    with_tables,
)
from deploy.observability.objectives import OBJECTIVES
from deploy.observability.panels import board_json

HERE = Path(__file__).parent
BOARDS = (contact_center.BOARD, router.BOARD, ingest.BOARD, platform.BOARD)


def generated() -> dict[Path, str]:
    """Every file with what should stand in it."""
    boards = {f"{board.uid}.json": board_json(board) for board in BOARDS}
    tables = {
        "metrics": metrics_table(catalogue()),
        "objectives": objectives_table(OBJECTIVES),
        "alerts": alerts_table(OBJECTIVES, CAUSES),
    }
    return {
        **{HERE / "dashboards" / name: text for name, text in boards.items()},
        HERE / "rules" / "contact-center.yml": rules.rule_file(),
        HERE / "prometheus-rule.yaml": rules.prometheus_rule(),
        HERE / "prometheus.yml": configs.prometheus_file(),
        HERE / "alertmanager.yml": configs.alertmanager_file(),
        HERE / "grafana" / "datasources.yml": configs.sources_file(),
        HERE / "grafana" / "dashboards.yml": configs.dashboards_file(),
        HERE / "kustomization.yaml": configs.kustomization_file(sorted(boards)),
        DOCUMENT: with_tables(DOCUMENT.read_text(encoding="utf-8"), tables),
    }


def stale() -> list[Path]:
    """Files that are not what they should be."""
    return [
        path
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write, or check."""
    if "--check" in sys.argv[1:]:
        for path in stale():
            sys.stderr.write(f"{path} is stale: run make observability\n")
        return int(bool(stale()))
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
