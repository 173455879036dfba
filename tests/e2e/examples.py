"""The code blocks of a page, by the names that stand above them."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/topics/reading.md"
BLOCK = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def examples(page: Path = PAGE) -> dict[str, str]:
    """Return each example's code."""
    return dict(BLOCK.findall(page.read_text()))
