"""Scenario files as blocks of commands and expected lines."""

from pathlib import Path


def read(path: Path) -> list[tuple[int, list[str], list[str]]]:
    """Return each block of a file: its line number, commands, and expected lines."""
    blocks: list[tuple[int, list[str], list[str]]] = []
    for number, text in enumerate([*path.read_text().splitlines(), ""], start=1):
        line = text.strip()
        if line.startswith("#"):
            continue
        if not line:
            blocks.append((number + 1, [], []))
        elif line == "----":
            blocks[-1][1].append(line)
        elif not blocks:
            blocks.append((number, [line], []))
        elif "----" in blocks[-1][1]:
            blocks[-1][2].append(line)
        else:
            blocks[-1][1].append(line)
    return [(number, orders[:-1], told) for number, orders, told in blocks if orders]


def by_idle_time(commands: list[str]) -> list[str]:
    """Agents with idle=… come in the order that gives them this time at the block's end."""
    idle = {c: float(c.split("idle=")[1].split("s")[0]) for c in commands if "idle=" in c}
    ordered: list[str] = []
    left = sorted(idle, key=lambda command: -idle[command])
    for command, following in zip(left, [*left[1:], ""], strict=False):
        gap = idle[command] - idle.get(following, 0.0)
        ordered += [command, f"tick {gap}s"]
    return ordered + [command for command in commands if command not in idle]
