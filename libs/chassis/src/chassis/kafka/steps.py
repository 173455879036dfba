"""Drop what was already seen."""

from collections.abc import Mapping


class StepFilter:
    """Keeps the last step number of each workspace; repeats and old writers are harmless."""

    def __init__(self, last: Mapping[str, int] | None = None) -> None:
        self._last = dict(last or {})

    def accepts(self, workspace: str, step_number: int) -> bool:
        """Whether the step is new; if so it is remembered as the last one."""
        if step_number <= self._last.get(workspace, 0):
            return False
        self._last[workspace] = step_number
        return True

    def last(self, workspace: str) -> int:
        """Number of the last accepted step, 0 before the first."""
        return self._last.get(workspace, 0)

    def snapshot(self) -> dict[str, int]:
        """The last number of every workspace, to be stored and given to a new filter."""
        return dict(self._last)
