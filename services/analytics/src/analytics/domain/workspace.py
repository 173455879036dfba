"""The fold of one workspace: steps in, state out. The same for live and for replay."""

from dataclasses import dataclass, field

from analytics.domain import steps
from analytics.domain.agents import AgentFold, Leg
from analytics.domain.channels import ChannelFold
from analytics.domain.estimates import Estimate
from analytics.domain.offers import ACCEPTED, CONNECTED, MADE
from analytics.domain.queues import QueueFold, Waiting

QueueKey = tuple[str, str]
"""Queue and channel."""


@dataclass(slots=True)
class WorkspaceFold:
    """Everything since the workspace's log began, as of the last step."""

    step_number: int = 0
    stamped_ms: int = 0
    policy_version: int = 0
    cause_partition: int = 0
    cause_offset: int = 0
    queues: dict[QueueKey, QueueFold] = field(default_factory=dict)
    agents: dict[str, AgentFold] = field(default_factory=dict)
    channels: dict[str, ChannelFold] = field(default_factory=dict)
    open_contacts: dict[str, str] = field(default_factory=dict)
    visits: dict[str, QueueKey] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    offers: dict[str, QueueKey] = field(default_factory=dict)

    def apply(self, step: steps.Step) -> bool:
        """Take the step in; False (and nothing changes) when it is not greater than the last.

        What is said of a visit or contact that is not open is left out: it ended or began
        before the log does. So entered = exits + waiting at every step.
        """
        if step.number <= self.step_number:
            return False
        self.step_number = step.number
        self.stamped_ms = max(self.stamped_ms, step.stamped_ms)
        self.policy_version = step.policy_version
        self.cause_partition, self.cause_offset = step.cause_partition, step.cause_offset
        for decision in step.decisions:
            self._decide(decision)
        return True

    def queue(self, queue: str, channel: str) -> QueueFold:
        """Of that channel."""
        return self.queues.setdefault((queue, channel), QueueFold())

    def _decide(self, decision: steps.Decision) -> None:
        match decision:
            case steps.AgentSeen():
                self._agent(decision.agent_id).see(decision, self.stamped_ms)
            case steps.OfferMade():
                self._offer_made(decision)
            case steps.OfferEnded():
                self._offer_ended(decision)
            case steps.VisitOpened():
                self._visit_opened(decision)
            case steps.VisitEnded():
                self._visit_ended(decision)
            case steps.WaitEstimated():
                self._wait_estimated(decision)
            case steps.ContactOpened():
                if decision.contact_id not in self.open_contacts:
                    self.open_contacts[decision.contact_id] = decision.channel
                    self.channels.setdefault(decision.channel, ChannelFold()).arrived += 1
            case steps.ContactConnected():
                self._connected(decision)
            case steps.ContactEnded():
                self._contact_ended(decision)
            case steps.AgentRemoved():
                self._agent_removed(decision.agent_id)

    def _offer_made(self, made: steps.OfferMade) -> None:
        self._agent(made.agent_id).count_offer(MADE)
        key = self.visits.get(made.visit_id)
        if key is not None:
            self.offers[made.offer_id] = key
            entered_ms = self.queues[key].waiting[made.visit_id].entered_ms
            offers = self.queues[key].offers
            offers.make(made.offer_id, made.visit_id, entered_ms, self.stamped_ms)

    def _offer_ended(self, ended: steps.OfferEnded) -> None:
        if ended.outcome != CONNECTED:
            self._agent(ended.agent_id).count_offer(ended.outcome)
        key = self.offers.get(ended.offer_id)
        if key is not None:
            self.queues[key].offers.end(ended.offer_id, ended.outcome, self.stamped_ms)
            if ended.outcome != ACCEPTED:
                del self.offers[ended.offer_id]

    def _visit_opened(self, opened: steps.VisitOpened) -> None:
        # A contact whose agent is gone waits again: that leg is over.
        self._end_leg(opened.contact_id)
        if opened.visit_id in self.visits:
            return
        key = self.visits[opened.visit_id] = (opened.queue, opened.channel)
        visit = Waiting(*key, self.stamped_ms, self.step_number, self.policy_version)
        self.queue(*key).enter(opened.visit_id, visit)

    def _visit_ended(self, ended: steps.VisitEnded) -> None:
        key = self.visits.pop(ended.visit_id, None)
        if key is not None:
            self.queues[key].leave(ended.visit_id, ended.exit, self.stamped_ms, self.step_number)

    def _wait_estimated(self, said: steps.WaitEstimated) -> None:
        key = self.visits.get(said.visit_id)
        if key is not None:
            estimate = Estimate(self.stamped_ms, said.low_ms, said.high_ms)
            self.queues[key].estimates.tell(said.visit_id, estimate)

    def _connected(self, connected: steps.ContactConnected) -> None:
        self._end_leg(connected.contact_id)
        before = self._agent(connected.agent_id).begin_leg(self.stamped_ms)
        self.legs[connected.contact_id] = Leg(
            connected.agent_id, connected.queue, connected.channel, self.stamped_ms, before
        )

    def _contact_ended(self, ended: steps.ContactEnded) -> None:
        self._end_leg(ended.contact_id)
        channel = self.open_contacts.pop(ended.contact_id, None)
        if channel is not None:
            causes = self.channels[channel].ended
            causes[ended.cause] = causes.get(ended.cause, 0) + 1

    def _end_leg(self, contact_id: str) -> None:
        leg = self.legs.pop(contact_id, None)
        if leg is not None:
            queue, agent = self.queue(leg.queue, leg.channel), self.agents[leg.agent_id]
            queue.attention_ms += agent.end_leg(leg, self.stamped_ms)
            queue.handled.add(self.stamped_ms - leg.began_ms)
            self._forget_removed(leg.agent_id)

    def _agent(self, agent_id: str) -> AgentFold:
        return self.agents.setdefault(agent_id, AgentFold())

    def _agent_removed(self, agent_id: str) -> None:
        if agent_id in self.agents:
            self.agents[agent_id].is_removed = True
            self._forget_removed(agent_id)

    def _forget_removed(self, agent_id: str) -> None:
        """Who is removed from the roster goes when no contact is in hand any more."""
        agent = self.agents[agent_id]
        if agent.is_removed and not agent.open_legs:
            del self.agents[agent_id]
