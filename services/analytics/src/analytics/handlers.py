"""The board: all workspaces' folds, what was promised, and who wants to hear of a change."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from analytics.domain.numbers import WorkspaceNumbers, numbers
from analytics.domain.steps import Step
from analytics.domain.targets import PolicyTargets, TargetBook
from analytics.domain.workspace import WorkspaceFold

NEW = ""


class Board:
    """Steps go in, numbers come out; `revision` grows with every change of a workspace."""

    def __init__(self) -> None:
        self.folds: dict[str, WorkspaceFold] = {}
        self._books: dict[str, TargetBook] = defaultdict(TargetBook)
        self._revisions: dict[str, int] = defaultdict(int)
        self._changes: dict[str, asyncio.Event] = {}
        self._is_closed = False
        self.unsaved_folds: set[str] = set()
        self.unsaved_targets: list[tuple[str, PolicyTargets]] = []

    def apply(self, steps: Iterable[Step]) -> int:
        """Fold the steps in, in their order; how many of them were new."""
        changed: dict[str, int] = {}
        for step in steps:
            fold = self.folds.setdefault(step.workspace, WorkspaceFold())
            if fold.apply(step):
                changed[step.workspace] = changed.get(step.workspace, 0) + 1
        self.unsaved_folds.update(changed)
        for workspace in changed:
            self._tell(workspace)
        return sum(changed.values())

    def learn(self, workspace: str, targets: PolicyTargets) -> None:
        """A version of the workspace's policy is known from now on."""
        if self._books[workspace].add(targets):
            self.unsaved_targets.append((workspace, targets))
            self._tell(workspace)

    def numbers(self, workspace: str) -> WorkspaceNumbers:
        """As of the last step; a workspace without a step has no queues yet."""
        fold = self.folds.get(workspace, WorkspaceFold())
        return numbers(workspace, fold, self._books.get(workspace, TargetBook()))

    def revision(self, workspace: str) -> int:
        """What `changed` wants to know."""
        return self._revisions.get(workspace, 0)

    @property
    def is_closed(self) -> bool:
        """Whether the process is on its way out."""
        return self._is_closed

    async def changed(self, workspace: str, seen: int, within: float) -> bool:
        """Whether the workspace has a later revision than the one seen, before time is over."""
        if self.revision(workspace) != seen or self._is_closed:
            return True
        # Who waits for a workspace that nobody knows yet hears of every new one.
        name = workspace if workspace in self._revisions else NEW
        event = self._changes.setdefault(name, asyncio.Event())
        try:
            async with asyncio.timeout(within):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Wake everybody for the last time."""
        self._is_closed = True
        for event in self._changes.values():
            event.set()

    def _tell(self, workspace: str) -> None:
        is_new = workspace not in self._revisions
        self._revisions[workspace] += 1
        for name in (workspace, NEW) if is_new else (workspace,):
            event = self._changes.pop(name, None)
            if event is not None:
                event.set()
