"""How our panels look, so that a dashboard says only what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
RATE = "$__rate_interval"
WIDTH, HEIGHT = 8, 7
GOOD, BAD = "green", "red"


@dataclass(frozen=True, slots=True)
class Query:
    """An expression, and what its lines are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A graph; or, where `is_stat`, one number, red from `red_from` on."""

    title: str
    says: str
    unit: str
    queries: Sequence[Query]
    is_stat: bool = False
    red_from: float | None = None
    red_below: float | None = None
    width: int = WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Rows of panels, in reading order: what people feel first, causes below."""

    uid: str
    title: str
    says: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    by_workspace: bool = True


def panels(board: Board) -> list[Panel]:
    """All of a board."""
    return [panel for _, row in board.rows for panel in row]


def board_json(board: Board) -> str:
    """The dashboard as Grafana reads it."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.says)
        .tags(["contact-center"])
        .timezone("browser")
        .time("now-1h", "now")
        .refresh("10s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Source").type("prometheus")
        )
    )
    if board.by_workspace:
        builder = builder.with_variable(_workspaces())
    for title, row in board.rows:
        builder = builder.with_row(dashboard.Row(title))
        for panel in row:
            builder = builder.with_panel(_stat(panel) if panel.is_stat else _graph(panel))
    return JSONEncoder(sort_keys=True, indent=1).encode(builder.build()) + "\n"


def _workspaces() -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("workspace")
        .label("Workspace")
        .datasource(SOURCE)
        .query("label_values(router_step_number, workspace)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _targets(panel: Panel) -> list[prometheus.Dataquery]:
    return [
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend or "__auto")
        .exemplar("_bucket" in query.expr)
        .ref_id(chr(ord("A") + number))
        .datasource(SOURCE)
        for number, query in enumerate(panel.queries)
    ]


def _graph(panel: Panel) -> timeseries.Panel:
    builder = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.says)
        .datasource(SOURCE)
        .unit(panel.unit)
        .min(0)
        .line_width(1)
        .fill_opacity(10)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .span(panel.width)
        .height(HEIGHT)
    )
    for target in _targets(panel):
        builder = builder.with_target(target)
    if panel.red_from is not None:
        builder = builder.thresholds(_steps(panel)).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(common_models.GraphTresholdsStyleMode.DASHED)
        )
    return builder


def _stat(panel: Panel) -> stat.Panel:
    builder = (
        stat.Panel()
        .title(panel.title)
        .description(panel.says)
        .datasource(SOURCE)
        .unit(panel.unit)
        .color_mode(common_models.BigValueColorMode.BACKGROUND)
        .graph_mode(common_models.BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_steps(panel))
        .span(panel.width)
        .height(4)
    )
    for target in _targets(panel):
        builder = builder.with_target(target)
    return builder


def _steps(panel: Panel) -> dashboard.ThresholdsConfig:
    steps = [models.Threshold(value=None, color=GOOD)]
    if panel.red_from is not None:
        steps.append(models.Threshold(value=panel.red_from, color=BAD))
    if panel.red_below is not None:
        steps = [
            models.Threshold(value=None, color=BAD),
            models.Threshold(value=panel.red_below, color=GOOD),
        ]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
