"""What a step of the router says, as far as a desk acts on it."""

from dataclasses import dataclass

from desk.domain.agents import AgentView


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """The answer to a sign-in: who won, and all that the agent holds."""

    session_id: str
    agent: AgentView


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged:
    """A new state of the agent; `payload` is the event for the stream."""

    agent: AgentView
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferOpened:
    """A contact is offered to a session."""

    offer_id: str
    contact_id: str
    agent_id: str
    session_number: int
    customer_id: str
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTold:
    """Something that the agent's stream shows as it is."""

    agent_id: str
    payload: object


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKnown:
    """A contact's customer was recognised."""

    contact_id: str
    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNamed:
    """A fact named a message: it must be shown, even when a reader is behind."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The record was refused; `because` is the name of the reason without its prefix."""

    because: str
    detail: str


Decision = (
    SessionStarted | AgentChanged | OfferOpened | AgentTold | CustomerKnown | MessageNamed | Refused
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: the record it answers, and what it decided."""

    workspace: str
    number: int
    event_id: str
    decisions: tuple[Decision, ...]
    # When the log stamped the record, in seconds since 1970.
    stamped_at: float = 0.0

    def refusal(self) -> Refused | None:
        """Why the record was refused, if it was."""
        return next((d for d in self.decisions if isinstance(d, Refused)), None)


def agent_of(decision: Decision) -> str:
    """Whose stream the decision belongs to; empty for none."""
    match decision:
        case SessionStarted(agent=agent) | AgentChanged(agent=agent):
            return agent.agent_id
        case OfferOpened(agent_id=agent_id) | AgentTold(agent_id=agent_id):
            return agent_id
        case _:
            return ""
