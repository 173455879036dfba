"""Each sentence of the specification names a test that exists."""

import re
from pathlib import Path

from router.domain.transitions import ROWS

TESTS = Path(__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "spec-coverage.md"
PLACES = re.findall(r"`([\w/]+\.(?:txt|py)(?:::\w+)?)`", PAGE.read_text())


def test_every_place_that_is_named_exists():
    assert len(PLACES) > 90
    for place in PLACES:
        file, _, name = place.partition("::")
        path = TESTS / "scenarios" / file if file.endswith(".txt") else TESTS / file
        assert path.is_file(), place
        assert not name or f"def {name}(" in path.read_text(), place


def test_every_event_of_the_contact_table_is_on_the_page():
    told = PAGE.read_text()

    assert [row.on for row in ROWS if f"`{row.on}`" not in told] == []


def test_every_scenario_is_on_the_page():
    folder = TESTS / "scenarios"
    scenarios = {str(path.relative_to(folder)) for path in folder.rglob("*.txt")}

    assert scenarios - set(PLACES) == set()


def test_every_row_names_where_it_is_shown():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]

    for row in rows:
        shown = row.split("|")[2]
        assert "`" in shown or shown.strip() in ("shown by", "---"), row
