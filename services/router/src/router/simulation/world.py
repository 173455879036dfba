"""A day lived again under a policy: the real engine, and people who react to what it decides."""

from collections.abc import Callable
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import Any

from router.domain.agent_facts import AgentSignedIn, AgentSignedOut, PresenceChosen
from router.domain.engine import Engine
from router.domain.policy import Policy
from router.domain.reasons import Because
from router.domain.record import Fact, Record, Step
from router.domain.steering_decisions import PolicyError, PolicyRefused, RecordRejected
from router.domain.steering_facts import ClockTicked, PolicyProposed
from router.domain.words import Presence
from router.simulation.behaviour import Examples
from router.simulation.day import Day, Word, in_hand
from router.simulation.people import Due, People
from router.simulation.stages import OFFER_KINDS, Kind, Moment, Stage, Stages
from router.simulation.translating import translated

LONGEST_GAP = 2_000
"""Engine time never moves further with one record; so often time is told to pass."""
NOT_IN_POLICY = frozenset(because for because in Because if because.startswith("unknown_"))
NOT_IN_POLICY -= {Because.UNKNOWN_CONTACT, Because.UNKNOWN_AGENT, Because.UNKNOWN_OFFER}
"""What is refused so is named by the policy itself: queue, skill, entry point …"""


class PolicyUnusable(Exception):
    """The engine refuses the policy in the state that it finds."""

    def __init__(self, errors: tuple[PolicyError, ...]) -> None:
        super().__init__("; ".join(f"{error.path}: {error.message}" for error in errors))
        self.errors = errors


class World:
    """One simulation. Whatever the log says comes at its own time, as long as its cause does.

    A word that answers a stage of a contact or offer comes as long after that stage began here
    as it did there; all other words come when they came. With the day's own policy that makes
    the very log again, record by record, and the same steps.
    """

    def __init__(
        self,
        day: Day,
        policy: Policy,
        examples: Examples,
        heard: Callable[[Moment], None],
        *,
        is_same: bool,
    ) -> None:
        self.refusals: dict[str, int] = {}
        """What was refused here and not that day, and how often."""
        self._day, self._policy, self._heard = day, policy, heard
        self._is_same = is_same
        self._ws = day.workspace()
        self._engine = Engine(self._ws)
        self._stages = Stages(self._ws)
        self._people = People(day, examples, self._stages, self._ws)
        self._now = day.begin
        self._made = 0
        self._leaving: dict[str, Due] = {}
        self._due: list[tuple[int, int, int, Due]] = [
            (word.at, word.index, 0, Due(None, word))
            for word in day.words
            if word.answers is None and not self._is_passed_over(word)
        ]
        heapify(self._due)

    def run(self) -> None:
        """Live the day; PolicyUnusable when the engine refuses the policy."""
        stages, active = self._stages, self._ws.policy
        for stage in (*stages.current.values(), *stages.offers.values(), *stages.silent.values()):
            self._react(stage, self._day.seen[stage].began)
        if not self._is_same and active is not None:
            rules = replace(self._policy, version=0)
            self._apply(self._now, PolicyProposed(policy=rules, base_version=active.version))
        end = self._day.end
        while True:
            at, tick = min(self._due[0][0], end) if self._due else end, self._next_tick()
            if tick is not None and tick[0] < at:
                self._apply(tick[0], self._tick(tick[1]))
            elif at < end:
                self._say(at, heappop(self._due)[3])
            else:
                break

    def _is_passed_over(self, word: Word) -> bool:
        """Under another policy time passes by other ticks, and refused policies stay away."""
        fact = word.record.fact
        is_refused_policy = isinstance(fact, PolicyProposed) and not word.is_policy_taken
        return not self._is_same and (is_refused_policy or isinstance(fact, ClockTicked))

    def _next_tick(self) -> tuple[int, int] | None:
        """Return when time must be told to pass, and for which timer."""
        due = None if self._is_same else self._engine.next_due()
        if due is None:
            return None
        gap = min(max(due - self._ws.clock.now, 1), LONGEST_GAP)
        return self._now + gap, due

    def _tick(self, due: int) -> ClockTicked:
        """Here everything decided is said at once."""
        return ClockTicked(due_at=due, applied_step=self._ws.step_number)

    def _say(self, at: int, due: Due) -> None:
        stage, word = due.stage, due.word
        if stage is not None and not self._is_current(stage, due):
            return
        if word is None:
            assert due.fact is not None
            self._apply(at, due.fact)
            return
        fact = translated(word, stage, self._stages, self._ws)
        if self._is_same:
            self._apply(at, fact, word)
        elif isinstance(fact, AgentSignedOut) and self._has_more_to_do(fact, word):
            self._leaving[fact.agent_id] = due
            self._apply(at, _offline(fact))
        else:
            self._apply(at, self._under_this_policy(fact), word)

    def _is_current(self, stage: Stage, due: Due) -> bool:
        """Tell whether it can still be said; a late answer to an offer is said, and refused."""
        if stage.kind is Kind.SILENT:
            return self._stages.silent.get(stage.agent) == stage
        if stage.kind in OFFER_KINDS:
            return not due.is_drawn or self._stages.offer_id_of(stage) in self._ws.offers
        return self._stages.current.get(self._stages.id_of(stage.contact)) == stage

    def _under_this_policy(self, fact: Fact) -> Fact:
        """The day's own policies give way to the one that is tried."""
        if not isinstance(fact, PolicyProposed):
            return fact
        version = 0 if self._ws.policy is None else self._ws.policy.version
        return replace(fact, policy=replace(self._policy, version=0), base_version=version)

    def _has_more_to_do(self, fact: AgentSignedOut, word: Word) -> bool:
        """Tell whether the agent has work in hand of a kind that was not left behind that day."""
        return bool(in_hand(self._ws, fact.agent_id) - word.leaves)

    def _apply(self, at: int, fact: Fact, word: Word | None = None) -> None:
        self._now = max(self._now, at)
        step = self._engine.apply(self._record(at, fact, word))
        self._note(step, fact, word)
        turns = self._stages.follow(step, fact)
        self._heard(Moment(step, self._now, fact, self._stages.name))
        for turn in turns:
            if turn.is_begin:
                self._react(turn.stage, self._now)
        if isinstance(fact, AgentSignedIn):
            self._leaving.pop(fact.agent_id, None)
        for agent_id, due in list(self._leaving.items()):
            agent = self._ws.agents.get(agent_id)
            if agent is None or not agent.contacts:
                del self._leaving[agent_id]
                self._put(self._now, due)

    def _record(self, at: int, fact: Fact, word: Word | None) -> Record:
        """Return the log's own record where nothing in it is another."""
        if word is not None and at == word.at and fact is word.record.fact:
            return word.record
        self._made += 1
        return Record(
            partition=word.record.partition if word else 0,
            offset=word.record.offset if word else -1,
            stamp=self._now,
            event_id=word.record.event_id if word else f"simulated-{self._made}",
            event_type=type(fact).__name__,
            fact=fact,
        )

    def _react(self, stage: Stage, began: int) -> None:
        for at, due in self._people.react(stage, began):
            self._put(at, due)

    def _put(self, at: int, due: Due) -> None:
        self._made += 1
        order = due.word.index if due.word and not due.is_drawn else len(self._day.words)
        heappush(self._due, (max(at, self._now), order, self._made, due))

    def _note(self, step: Step, fact: Any, word: Word | None) -> None:
        for decided in step.decisions:
            decision = decided.decision
            if isinstance(decision, PolicyRefused) and not self._is_same:
                raise PolicyUnusable(decision.errors)
            if isinstance(decision, RecordRejected) and not (word and word.is_refused):
                detail = f" {decision.detail}" if decision.because in NOT_IN_POLICY else ""
                told = f"{type(fact).__name__}: {decision.because}{detail}"
                self.refusals[told] = self.refusals.get(told, 0) + 1


def _offline(fact: AgentSignedOut) -> PresenceChosen:
    """Who would sign out with work in hand takes no more, and finishes it first."""
    return PresenceChosen(
        agent_id=fact.agent_id,
        session_number=fact.session_number,
        desk_instance=fact.desk_instance,
        presence=Presence.OFFLINE,
        reason_code="",
        is_next=False,
    )
