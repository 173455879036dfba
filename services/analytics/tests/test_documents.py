"""What is published is what the documents say."""

import re
from pathlib import Path

from analytics.adapters.exposition import Exposition
from analytics.domain import definitions
from analytics.domain import steps as s
from analytics.handlers import Board
from analytics.settings import AnalyticsSettings

SERVICE = Path(__file__).parents[1]
METRICS = (SERVICE.parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")
README = (SERVICE / "README.md").read_text(encoding="utf-8")


def test_every_definition_and_their_version_stand_in_the_document():
    assert f"Definitions version `{definitions.VERSION}`" in METRICS
    assert [name for name in definitions.DEFINITIONS if f"| `{name}` |" not in METRICS] == []


def test_every_family_for_prometheus_stands_in_the_documents():
    board = Board()
    board.apply([s.Step(workspace="main", number=1, stamped_ms=1)])
    families = {family.name for family in Exposition(board).collect()}

    named = set(re.findall(r"`(analytics_\w+)", METRICS + README))
    named |= {f"analytics_service_level{end}" for end in re.findall(r"`(_[a-z_]+)`", METRICS)}
    missing = {name for name in families if not any(n.startswith(name) for n in named)}
    assert missing == set()


def test_every_setting_of_analytics_stands_in_the_readme():
    own = set(AnalyticsSettings.model_fields) - set(AnalyticsSettings.__mro__[1].model_fields)

    assert [name for name in own if f"`{name.upper()}`" not in README] == []
