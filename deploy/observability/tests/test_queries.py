"""No panel and no alert asks for what nobody has."""

import pytest
from deploy.observability.__main__ import BOARDS
from deploy.observability.catalogue import known_series
from deploy.observability.objectives import OBJECTIVES, WINDOWS
from deploy.observability.panels import panels
from deploy.observability.queries import names_in
from deploy.observability.rules import groups

KNOWN = known_series()
RECORDED = {one.ratio(window) for one in OBJECTIVES for window in WINDOWS}
QUERIES = [
    *(
        pytest.param(query.expr, id=f"{board.uid}: {panel.title}: {query.legend}")
        for board in BOARDS
        for panel in panels(board)
        for query in panel.queries
    ),
    *(
        pytest.param(rule["expr"], id=rule.get("alert") or rule["record"])
        for group in groups()
        for rule in group["rules"]
    ),
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_some_service_has(query: str) -> None:
    names = names_in(query)

    assert names
    assert names - KNOWN - RECORDED == set()


def test_what_is_no_query_is_seen() -> None:
    with pytest.raises(ValueError, match=r"."):
        names_in("sum(rate(")


def test_names_are_found_wherever_they_stand() -> None:
    query = (
        "sum by (a) (rate(x_total[5m])) / clamp_min(-y, 1) or max_over_time(z[1h:1m]) unless (u)"
    )

    assert names_in(query) == {"x_total", "y", "z", "u"}
