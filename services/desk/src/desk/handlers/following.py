"""What followed steps, messages and policies mean for the sessions of this desk."""

from desk.domain.agents import AgentView, Connection
from desk.domain.events import (
    Choices,
    DeliveryShown,
    OfferShown,
    SessionReplaced,
    SnapshotShown,
    StepTold,
)
from desk.domain.history import History
from desk.domain.messages import Delivery, SealedMessage
from desk.domain.names import SessionName
from desk.domain.steps import (
    AgentChanged,
    AgentTold,
    CustomerKnown,
    Decision,
    MessageNamed,
    OfferOpened,
    SessionStarted,
    Step,
)
from desk.handlers.answers import Answers
from desk.handlers.cards import Cards
from desk.handlers.conversations import Conversations
from desk.handlers.farewells import Farewells
from desk.handlers.session import End, Session
from desk.handlers.sessions import Sessions
from desk.metrics import OFFERS_SHOWN, STREAMS_RESUMED


class Following:
    """Nothing here waits: what takes time is spawned in the session that it is for."""

    def __init__(
        self,
        *,
        desk_instance: str,
        sessions: Sessions,
        answers: Answers,
        history: History,
        conversations: Conversations,
        cards: Cards,
        farewells: Farewells,
    ) -> None:
        self._desk_instance = desk_instance
        self._sessions = sessions
        self._answers = answers
        self._history = history
        self._conversations = conversations
        self._cards = cards
        self._farewells = farewells
        self._choices: dict[str, Choices] = {}

    def choices(self, workspace: str) -> Choices:
        """What the active policy lets agents choose from."""
        return self._choices.get(workspace, Choices())

    def on_step(self, step: Step, written_at: float) -> int:
        """Tell our agents what the step says, then answer who waits for it.

        Returns how many offers are on their way to agents here.
        """
        shown = sum(self._on_decision(step, decision, written_at) for decision in step.decisions)
        self._history.add(step)
        self._answers.on_step(step)
        return shown

    def on_message(self, message: SealedMessage) -> None:
        """Keep the message, and show it to those who hold its contact."""
        if self._conversations.keep(message):
            for session in self._on_thread(message.workspace, message.conversation_id):
                self._conversations.show_new(session, message)

    def on_delivery(self, delivery: Delivery) -> None:
        """Tell those who hold the contact what became of a message."""
        for session in self._on_thread(delivery.workspace, delivery.conversation_id):
            view = session.view
            if view and view.listener(delivery.conversation_id, delivery.contact_id):
                session.tell(DeliveryShown(payload=delivery.payload))

    def on_policy(self, workspace: str, choices: Choices) -> None:
        """Another policy is active: who is signed in gets its choices with a new snapshot."""
        before = self._choices.get(workspace)
        self._choices[workspace] = choices
        if before is None or before == choices:
            return
        for session in self._sessions.all():
            if session.workspace == workspace and session.view is not None:
                self._tell_snapshot(session, session.view, is_resumed=True)

    def _on_decision(self, step: Step, decision: Decision, written_at: float) -> bool:
        """Whether an offer was shown."""
        match decision:
            case SessionStarted():
                self._on_session_started(step, decision, written_at)
            case AgentChanged(agent=agent, payload=payload):
                session = self._told(step, agent.agent_id)
                if session is not None:
                    session.tell(StepTold(step_number=step.number, payload=payload), written_at)
                    self._take_view(session, agent)
            case OfferOpened():
                return self._on_offer(step, decision, written_at)
            case AgentTold(agent_id=agent_id, payload=payload):
                session = self._told(step, agent_id)
                if session is not None:
                    session.tell(StepTold(step_number=step.number, payload=payload), written_at)
            case CustomerKnown(contact_id=contact_id, customer_id=customer_id):
                for session in self._sessions.all():
                    if session.workspace == step.workspace and session.concerns(contact_id):
                        self._cards.show(session, contact_id, customer_id)
            case MessageNamed(conversation_id=conversation_id, message_id=message_id):
                self._conversations.name(step.workspace, conversation_id, message_id)
        return False

    def _on_session_started(self, step: Step, started: SessionStarted, written_at: float) -> None:
        agent = started.agent
        earlier = self._sessions.of_agent(step.workspace, agent.agent_id)
        if earlier is not None and earlier.number < agent.session_number:
            earlier.tell(SessionReplaced())
            earlier.end(End.REPLACED)
            self._sessions.remove(earlier)
        session = self._sessions.waiting(started.session_id)
        if session is None:
            if self._sessions.was_given_up(started.session_id):
                self._say_given_up(step.workspace, started)
            return
        session.number = agent.session_number
        session.last_step = step.number
        self._sessions.started(session)
        missed = self._history.since(
            session.workspace,
            session.agent_id,
            session.resume_session_number,
            session.resume_after_step,
        )
        for number, decisions in missed or ():
            self._tell_missed(session, number, decisions)
        STREAMS_RESUMED.labels("deltas" if missed is not None else "snapshot").inc()
        session.view = None
        self._tell_snapshot(session, agent, is_resumed=missed is not None, since=written_at)
        self._take_view(session, agent)

    def _say_given_up(self, workspace: str, started: SessionStarted) -> None:
        name = SessionName(
            agent_id=started.agent.agent_id,
            session_number=started.agent.session_number,
            desk_instance=self._desk_instance,
        )
        self._farewells.say_lost(workspace, started.session_id, name)

    def _tell_snapshot(
        self, session: Session, agent: AgentView, *, is_resumed: bool, since: float | None = None
    ) -> None:
        snapshot = SnapshotShown(
            step_number=session.last_step,
            agent=agent.payload,
            is_resumed=is_resumed,
            choices=self.choices(session.workspace),
        )
        session.tell(snapshot, since)

    def _tell_missed(self, session: Session, number: int, decisions: tuple[Decision, ...]) -> None:
        for decision in decisions:
            match decision:
                case OfferOpened(payload=payload):
                    session.tell(OfferShown(step_number=number, offer=payload, card=None))
                case AgentChanged(payload=payload) | AgentTold(payload=payload):
                    session.tell(StepTold(step_number=number, payload=payload))
                case _:
                    pass

    def _on_offer(self, step: Step, offer: OfferOpened, written_at: float) -> bool:
        session = self._told(step, offer.agent_id)
        if session is None or session.number != offer.session_number:
            return False
        session.offered[offer.contact_id] = offer.customer_id
        card = self._cards.at_hand(step.workspace, offer.customer_id)
        shown = OfferShown(step_number=step.number, offer=offer.payload, card=card)
        session.tell(shown, written_at)
        OFFERS_SHOWN.inc()
        if card is None and offer.customer_id:
            self._cards.show(session, offer.contact_id, offer.customer_id)
        return True

    def _told(self, step: Step, agent_id: str) -> Session | None:
        """The agent's session, now told up to this step."""
        session = self._sessions.of_agent(step.workspace, agent_id)
        if session is not None:
            session.last_step = step.number
        return session

    def _on_thread(self, workspace: str, conversation_id: str) -> list[Session]:
        return list(self._sessions.on_thread(workspace, conversation_id))

    def _take_view(self, session: Session, agent: AgentView) -> None:
        """Remember what the agent holds; show what is new in their hands."""
        before = session.view
        if before is not None and agent.session_number != session.number:
            return
        session.view = agent
        old = {c.conversation_id for c in before.threads()} if before else set()
        new = {contact.conversation_id for contact in agent.threads()}
        self._sessions.index_threads(session, old, new)
        known = session.offered.keys() | (before.customers().keys() if before else set())
        session.offered = {}
        for contact_id, customer_id in agent.customers().items():
            if customer_id and contact_id not in known:
                self._cards.show(session, contact_id, customer_id)
        self._conversations.take_view(session, agent)
        # A session that is lost with its desk comes back with the next heartbeat.
        # One who signs out hears so first; that ends the stream.
        if agent.connection is Connection.GONE and not session.is_signing_out:
            session.end(End.GONE)
