"""What the parts of a stack hold in memory and take of the processors."""

import psutil

from local_stack.stack import Stack


class Appetite:
    """Reads memory and processor time of every part."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def memory(self) -> dict[str, float]:
        """Return MiB by part, and their sum as `all`."""
        found: dict[str, float] = {}
        for name in self._stack.parts.names():
            pid = self._stack.parts.pid(name)
            if pid is not None:
                found[name] = _tree(pid) / 2**20
        return found | {"all": sum(found.values())}

    def processor_seconds(self) -> dict[str, float]:
        """Return the processor time that each part has taken so far, and the bench itself."""
        found = {"the bench and its customers": _processor(psutil.Process(), is_alone=True)}
        for name in self._stack.parts.names():
            pid = self._stack.parts.pid(name)
            if pid is not None:
                found[name] = _processor(psutil.Process(pid))
        return found


def _processor(parent: psutil.Process, *, is_alone: bool = False) -> float:
    """Return what a process has taken, with its children that live and those that ended."""
    times = parent.cpu_times()
    if is_alone:
        return float(times.user + times.system)
    total = times.user + times.system + times.children_user + times.children_system
    for process in parent.children(recursive=True):
        try:
            times = process.cpu_times()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return float(total)


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
