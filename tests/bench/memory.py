"""What the parts of a stack hold in memory."""

import psutil

from local_stack.stack import Stack


class Memory:
    """Reads the resident memory of every part and its children."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def now(self) -> dict[str, float]:
        """Return MiB by part, and their sum as `all`."""
        found: dict[str, float] = {}
        for name in self._stack.parts.names():
            pid = self._stack.parts.pid(name)
            if pid is not None:
                found[name] = _tree(pid) / 2**20
        return found | {"all": sum(found.values())}


def _tree(pid: int) -> float:
    """Return the proportional set size of a process and its children: shared pages count once."""
    parent = psutil.Process(pid)
    total = 0.0
    for process in [parent, *parent.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
