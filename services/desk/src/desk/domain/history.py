"""The last steps of each agent, so that a stream that broke can go on where it was."""

from collections import OrderedDict, deque
from collections.abc import Sequence

from desk.domain.steps import Decision, SessionStarted, Step, agent_of

Missed = tuple[int, tuple[Decision, ...]]
Key = tuple[str, str]


class History:
    """Bounded in agents and in steps of each; knows from which step on it is whole."""

    def __init__(self, *, max_agents: int, max_steps: int) -> None:
        self._max_agents = max_agents
        self._max_steps = max_steps
        self._steps: OrderedDict[Key, deque[Missed]] = OrderedDict()
        self._whole_after: dict[Key, int] = {}
        # The same for agents of whom nothing is remembered, by workspace.
        self._silent_after: dict[str, int] = {}

    def add(self, step: Step) -> None:
        """Remember what the step says to each agent."""
        self._silent_after.setdefault(step.workspace, step.number - 1)
        by_agent: dict[str, list[Decision]] = {}
        for decision in step.decisions:
            if agent_id := agent_of(decision):
                by_agent.setdefault(agent_id, []).append(decision)
        for agent_id, decisions in by_agent.items():
            self._remember((step.workspace, agent_id), (step.number, tuple(decisions)))

    def since(
        self, workspace: str, agent_id: str, session_number: int, after_step: int
    ) -> Sequence[Missed] | None:
        """All that came after the step, or None when some of it is not remembered.

        Nothing is resumed over another sign-in of the same agent: that one was told the rest.
        """
        key = (workspace, agent_id)
        whole_after = self._whole_after.get(key, self._silent_after.get(workspace))
        if whole_after is None or after_step < whole_after:
            return None
        if not 0 < session_number <= after_step:
            return None
        missed = [entry for entry in self._steps.get(key, ()) if entry[0] > after_step]
        if any(isinstance(d, SessionStarted) for _, decisions in missed for d in decisions):
            return None
        return missed

    def _remember(self, key: Key, entry: Missed) -> None:
        if key not in self._steps:
            self._steps[key] = deque()
            self._whole_after[key] = self._silent_after[key[0]]
        self._steps.move_to_end(key)
        steps = self._steps[key]
        steps.append(entry)
        if len(steps) > self._max_steps:
            self._whole_after[key] = steps.popleft()[0]
        if len(self._steps) > self._max_agents:
            self._forget_the_quietest()

    def _forget_the_quietest(self) -> None:
        key, steps = self._steps.popitem(last=False)
        del self._whole_after[key]
        last_step = steps[-1][0]
        self._silent_after[key[0]] = max(self._silent_after[key[0]], last_step)
