"""The code blocks of a page, by the names that stand above them."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/topics/reading.md"
BLOCK = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def examples(page: Path = PAGE) -> dict[str, str]:
    """Return each example's code."""
    return dict(BLOCK.findall(page.read_text()))


def taps(page: Path = PAGE) -> list[str]:
    """Return the lines that the page shows for tap."""
    return re.findall(r"^    (contact-center tap .+)$", page.read_text(), re.MULTILINE)
