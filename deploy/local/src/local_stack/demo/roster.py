"""The local roster with telephones on ports of one run's own."""

import re
from pathlib import Path

from local_stack.ports import LOOPBACK
from local_stack.stack import FILES


def roster_with(data: Path, ports: dict[str, int]) -> Path:
    """Write the roster in which each name's telephone has that port; return where it is."""
    text = (FILES / "roster.yaml").read_text()
    for name, port in ports.items():
        text = re.sub(rf"sip:{name}@[\d.]+:\d+", f"sip:{name}@{LOOPBACK}:{port}", text)
    path = data / "roster.yaml"
    path.write_text(text)
    return path
