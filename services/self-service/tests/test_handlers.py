"""Load, decide, tell, save: what a crash between two of them leaves; with hand-written fakes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
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
    ContactOver,
    CustomerRecognised,
    CustomerWrote,
    FlowDue,
    RequestRejected,
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


class Files:
    def __init__(self) -> None:
        self.flows = {"direct": a_flow(DIRECT, "direct"), "menu": a_flow(MENU, "menu")}
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
        flow = {"web": "menu", "web-direct": "direct"}.get(name)
        return EntryPoint(flow=flow, address=name) if flow else None

    def first_queue(self, workspace: str) -> str:
        return "billing"


class Rows:
    """States in memory; `fails` saves are lost after everything was told."""

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

    async def get_ready(self, contact: Contact) -> None: ...

    async def publish(self, contact: Contact, flow_name: str, effects: Sequence[Effect]) -> None:
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

    async def arrives(self, entry_point: str = "web") -> None:
        await self.starting.begin(FlowDue(contact=a_contact(entry_point=entry_point)), NOON)

    async def writes(self, text: str, offset: int) -> None:
        wrote = CustomerWrote(
            workspace="main",
            contact_id="c1",
            conversation_id="v1",
            offset=offset,
            body=SealedBytes("k1", b"", text.encode()),
        )
        await self.going_on.on_customer_wrote(wrote, NOON)


@pytest.fixture
def service() -> Service:
    return Service()


async def test_a_flow_that_asks_nothing_needs_no_state(service: Service):
    await service.arrives("web-direct")
    await service.arrives("web-direct")
    service.restart()
    await service.arrives("web-direct")

    assert service.rows.held == 0
    assert len(service.told.effects) == 2
    assert service.told.texts() == ["RequestQueue"]


async def test_what_was_told_but_not_saved_is_told_again_under_the_same_ids(service: Service):
    for fail_at in ("arrival", "answer"):
        service.rows.fails = 1
        with pytest.raises(Unavailable):
            await (service.arrives() if fail_at == "arrival" else service.writes("yes", 5))
        service.restart()
        await (service.arrives() if fail_at == "arrival" else service.writes("yes", 5))

    assert service.told.texts() == ["Billing?", "One moment.", "RequestQueue"]
    assert len(service.told.effects) == 6


async def test_an_answer_waits_for_a_flow_that_a_crash_left_unsaved(service: Service):
    service.rows.fails = 1
    with pytest.raises(Unavailable):
        await service.arrives()
    service.restart()
    service.arrivals.is_behind = True
    with pytest.raises(Unavailable):
        await service.writes("yes", 5)
    await service.arrives()
    await service.writes("yes", 5)

    assert service.told.texts() == ["Billing?", "One moment.", "RequestQueue"]


async def test_what_is_for_no_flow_is_passed_over_once_all_arrivals_are_known(service: Service):
    await service.writes("hello", 5)

    assert service.told.texts() == []


async def test_a_message_that_was_taken_is_not_taken_again(service: Service):
    await service.arrives()
    await service.writes("no idea", 7)
    await service.writes("no idea", 7)
    await service.writes("yes", 3)

    assert len(service.told.effects) == 2
    assert service.rows.rows["c1"].tries == 2


async def test_after_the_end_nothing_is_looked_up_any_more(service: Service):
    await service.arrives()
    await service.going_on.on_contact_over(
        ContactOver(workspace="main", contact_id="c1", outcome="left"), NOON
    )
    held = service.rows.held
    await service.writes("yes", 9)
    recognised = CustomerRecognised(
        workspace="main", contact_id="c1", customer=Customer(recognition=Recognition.KNOWN)
    )
    await service.going_on.on_customer_recognised(recognised, NOON)

    assert service.rows.held == held
    assert service.rows.rows["c1"].outcome == "left"


async def test_a_refusal_may_be_heard_before_the_arrival(service: Service):
    refused = RequestRejected(
        workspace="main",
        contact_id="c1",
        event_id="e1",
        event_type="ContactArrived",
        because="unknown_entry_point",
    )
    await service.going_on.on_request_rejected(refused, NOON)
    await service.arrives("nowhere")
    assert not service.rows.rows

    await service.arrives("web")
    assert service.told.texts() == ["Billing?"]


async def test_an_entry_point_that_nobody_knows_is_given_up_loudly(service: Service):
    await service.arrives("nowhere")
    for seconds in range(1, 10):
        await service.going_on.on_deadline("main", "c1", NOON + timedelta(seconds=2 * seconds))

    assert service.told.texts() == ["RequestQueue"]
    assert service.rows.rows["c1"].outcome == "fallback"


def sent_to_flow(flow: str, step: int) -> FlowDue:
    """What the router says when a queue cannot keep the contact."""
    return FlowDue(contact=a_contact(), flow_name=flow, run=step)


def queued_by(step: int) -> ContactOver:
    return ContactOver(workspace="main", contact_id="c1", outcome="queued_by_router", step=step)


async def test_a_queue_sends_the_contact_to_another_flow_under_new_ids(service: Service):
    await service.arrives()
    await service.writes("yes", 5)
    await service.going_on.on_contact_over(queued_by(10), NOON)
    await service.starting.begin(sent_to_flow("menu", 10), NOON)
    await service.writes("yes", 5)
    assert service.rows.rows["c1"].awaiting is Awaiting.ANSWER

    await service.writes("yes", 6)

    assert service.told.texts() == ["Billing?", "One moment.", "RequestQueue"] * 2


async def test_a_step_that_is_read_again_does_not_end_the_flow_that_it_began(service: Service):
    for _ in range(2):
        await service.going_on.on_contact_over(queued_by(10), NOON)
        await service.starting.begin(sent_to_flow("menu", 10), NOON)
        service.restart()
    assert service.rows.rows["c1"].awaiting is Awaiting.ANSWER

    await service.going_on.on_contact_over(queued_by(11), NOON)
    assert service.rows.rows["c1"].is_over
    assert service.told.texts() == ["Billing?"]


async def test_each_unknown_flow_of_a_contact_ends_with_people(service: Service):
    await service.arrives("web-direct")
    for step in (10, 20):
        await service.starting.begin(sent_to_flow("nobody_wrote_it", step), NOON)
        await service.starting.begin(sent_to_flow("nobody_wrote_it", step), NOON)

    assert service.told.texts() == ["RequestQueue"] * 3
    assert len(service.told.effects) == 3


async def test_what_the_flow_before_waited_for_is_given_up(service: Service):
    await service.arrives()
    await service.starting.begin(sent_to_flow("direct", 10), NOON)

    assert service.rows.rows["c1"].outcome == "sent_to_flow"
    assert service.told.texts() == ["Billing?", "RequestQueue"]
