"""Which metrics and labels a query asks for."""

from collections.abc import Iterator

import promql_parser
from deploy.observability.panels import RATE

Expression = object


def as_prometheus_reads_it(query: str, window: str = "1m") -> str:
    """Grafana's own words replaced."""
    return query.replace(RATE, window).replace("$workspace", ".*")


def names_in(query: str) -> set[str]:
    """Every series that is asked for; ValueError when it is no PromQL."""
    return set(_names(promql_parser.parse(as_prometheus_reads_it(query))))


def _names(node: Expression) -> Iterator[str]:
    match node:
        case promql_parser.VectorSelector():
            yield node.name or ""
        case promql_parser.MatrixSelector():
            yield from _names(node.vector_selector)
        case promql_parser.Call():
            for one in node.args:
                yield from _names(one)
        case promql_parser.BinaryExpr():
            yield from _names(node.lhs)
            yield from _names(node.rhs)
        case (
            promql_parser.AggregateExpr()
            | promql_parser.ParenExpr()
            | promql_parser.UnaryExpr()
            | promql_parser.SubqueryExpr()
        ):
            yield from _names(node.expr)
