"""The handlers of self-service among hand-written fakes of what they need."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from flow_scenario import NOON, a_contact, a_flow

from chassis.errors import Unavailable
from chassis.sealing import SealedBytes
from self_service.domain.effects import Effect, RequestQueue
from self_service.domain.flow import Flow
from self_service.domain.state import Awaiting, Contact, Customer, FlowState, Recognition
from self_service.domain.stored import to_json, version_of
from self_service.handlers.fallback import Fallback
from self_service.handlers.going_on import GoingOn
from self_service.handlers.news import (
    CustomerRecognised,
    CustomerWrote,
    FlowDue,
    KeysPressed,
    NothingPressed,
)
from self_service.handlers.ports import EntryPoint, FlowVersion
from self_service.handlers.settled import Settled
from self_service.handlers.starting import Starting

DIRECT = "flow: direct\nsteps:\n  - {id: one, queue: billing}\n"
MENU = """
flow: menu
steps:
  - id: ask
    ask: "Billing?"
    choices: [{value: "yes", digit: "1", label: "Yes"}]
    otherwise: people
  - {id: people, queue: billing, while_waiting: "One moment."}
"""
RECOGNISING = MENU.replace("flow: menu", "flow: recognising").replace(
    "steps:",
    "steps:\n  - {id: who, branch: [{when: {customer: known}, next: ask}], identify_within: 2}",
)


class Files:
    def __init__(self) -> None:
        texts = {"direct": DIRECT, "menu": MENU, "recognising": RECOGNISING}
        self.flows = {name: a_flow(text, name) for name, text in texts.items()}
        self.versions: dict[str, Flow] = {}

    def current(self, name: str) -> FlowVersion | None:
        if name not in self.flows:
            return None
        compiled = to_json(self.flows[name])
        self.versions[version_of(compiled)] = self.flows[name]
        return FlowVersion(flow=self.flows[name], version=version_of(compiled), compiled=compiled)

    async def of_version(self, version: str) -> Flow:
        return self.versions[version]


class Policy:
    def entry_point(self, workspace: str, name: str) -> EntryPoint | None:
        flow = {"web": "menu", "web-direct": "direct", "web-known": "recognising"}.get(name)
        return EntryPoint(flow=flow, address=name) if flow else None

    def first_queue(self, workspace: str) -> str:
        return "billing"


class Rows:
    """States in memory; `fails` saves are lost."""

    def __init__(self) -> None:
        self.rows: dict[str, FlowState] = {}
        self.fails = 0
        self.held = 0

    @asynccontextmanager
    async def hold(self, workspace: str, contact_id: str) -> AsyncIterator["Row"]:
        self.held += 1
        row = Row(self.rows.get(contact_id))
        yield row
        if row.saved and self.fails:
            self.fails -= 1
            raise Unavailable("away")
        if row.saved and row.state:
            self.rows[contact_id] = row.state

    async def close(
        self,
        workspace: str,
        contact_id: str,
        outcome: str,
        spared: frozenset[Awaiting] = frozenset(),
        step: int = 0,
    ) -> str | None:
        state = self.rows.get(contact_id)
        if state is None or state.awaiting in {Awaiting.OVER, *spared}:
            return None
        if step and state.run >= step:
            return None
        self.rows[contact_id] = state.close(outcome)
        return state.flow_name

    async def running(self, workspace: str, conversation_id: str, contact_id: str) -> str | None:
        found = [s for s in self.rows.values() if not s.is_over]
        return next((s.contact.contact_id for s in found), None)


class Row:
    def __init__(self, state: FlowState | None) -> None:
        self.state = state
        self.saved = False

    async def save(self, state: FlowState, begun: FlowVersion | None = None) -> None:
        self.state, self.saved = state, True


class Told:
    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.fails = 0

    async def get_ready(self, contact: Contact) -> None: ...

    async def publish(self, contact: Contact, flow_name: str, effects: Sequence[Effect]) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("away")
        self.effects += effects

    async def request(self, workspace: str, contact_id: str, request: RequestQueue) -> None:
        self.effects.append(request)

    def texts(self) -> list[str]:
        """What readers keep: the first of each id."""
        by_id: dict[str, Effect] = {}
        for effect in self.effects:
            by_id.setdefault(effect.effect_id, effect)
        return [getattr(effect, "text", type(effect).__name__) for effect in by_id.values()]


class Unsealed:
    async def text(self, workspace: str, purpose: str, sealed: SealedBytes) -> str:
        return sealed.ciphertext.decode()


class Arriving:
    def __init__(self) -> None:
        self.is_behind = False

    def are_behind(self) -> bool:
        return self.is_behind


class Service:
    def __init__(self) -> None:
        self.arrivals = Arriving()
        self.files, self.rows, self.told = Files(), Rows(), Told()
        self.restart()

    def restart(self) -> None:
        """Nothing that was kept in memory is left."""
        settled = Settled()
        policy = Policy()
        fallback = Fallback(policy, self.told)
        self.starting = Starting(self.files, policy, self.rows, self.told, fallback, settled)
        self.going_on = GoingOn(
            self.files,
            self.rows,
            self.told,
            Unsealed(),
            self.starting,
            fallback,
            settled,
            self.arrivals,
        )

    async def arrives(self, entry_point: str = "web", channel: str = "chat") -> None:
        contact = a_contact(channel, entry_point=entry_point)
        await self.starting.begin(FlowDue(contact=contact), NOON)

    async def presses(self, question_id: str) -> None:
        body = SealedBytes("k1", b"", b"1")
        pressed = KeysPressed(workspace="main", contact_id="c1", question_id=question_id, body=body)
        await self.going_on.on_keys_pressed(pressed, NOON)

    async def presses_nothing(self, question_id: str) -> None:
        missed = NothingPressed(workspace="main", contact_id="c1", question_id=question_id)
        await self.going_on.on_nothing_pressed(missed, NOON)

    async def is_recognised(self) -> None:
        recognised = CustomerRecognised(
            workspace="main", contact_id="c1", customer=Customer(recognition=Recognition.KNOWN)
        )
        await self.going_on.on_customer_recognised(recognised, NOON)

    async def writes(self, text: str, offset: int, now: datetime = NOON) -> None:
        wrote = CustomerWrote(
            workspace="main",
            contact_id="c1",
            conversation_id="v1",
            offset=offset,
            body=SealedBytes("k1", b"", text.encode()),
        )
        await self.going_on.on_customer_wrote(wrote, now)
