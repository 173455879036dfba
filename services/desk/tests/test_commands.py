"""Commands become facts, and the router's answers become results."""

import asyncio
from typing import Any

import pytest

from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2 as common
from contact_center.v1 import contact_events_pb2 as events
from contact_center.v1 import routing_events_pb2 as routing
from contact_center_agent import wanted_in, wire
from desk.settings import DeskSettings

from .desk_stage import Stage, refusal
from .outcomes import INVALID, OK, REJECTED

WANTED = (
    "skills=vip:2,sales any=a|b,c languages=de:3 teams=back,front brand=acme tier=gold amount=1500"
)


async def test_each_command_is_its_fact_in_the_sessions_name(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        results = [
            await agent.choose_presence("break", "lunch", is_next=True),
            await agent.accept("o1"),
            await agent.reject("o2", "busy"),
            await agent.hold("c1"),
            await agent.resume("c1"),
            await agent.transfer("c1", "billing", wanted=wanted_in(WANTED)),
            await agent.end("c1"),
        ]
        router = stage.router
        said = {
            kind: router.named(kind)[0]
            for kind in (
                "presence_chosen", "offer_accepted", "offer_rejected", "hold_started",
                "hold_ended", "transfer_requested", "contact_disconnected",
            )
        }  # fmt: skip

        assert [result.code for result in results] == [OK] * 7
        assert {
            (fact.agent_id, fact.session_number, fact.desk_instance) for fact in said.values()
        } == {("ana", agent.session_number, router.agents["ana"].desk_instance)}
        assert said["presence_chosen"].presence == common.PRESENCE_BREAK
        assert said["presence_chosen"].reason_code == "lunch"
        assert said["presence_chosen"].is_next
        assert said["offer_rejected"].reason_code == "busy"
        assert said["transfer_requested"].queue == "billing"
        needs = said["transfer_requested"].needs
        assert [(r.skill, r.level) for r in needs.skills] == [("vip", 2), ("sales", 1)]
        assert [[r.skill for r in group.skills] for group in needs.any_of] == [["a", "b"], ["c"]]
        assert [(r.skill, r.level) for r in needs.languages] == [("de", 3)]
        assert (list(needs.teams), needs.brand) == (["back", "front"], "acme")
        attributes = said["transfer_requested"].attributes
        assert [(a.name, a.enum_value, a.number) for a in attributes] == [
            ("tier", "gold", 0.0),
            ("amount", "", 1500.0),
        ]
        assert said["contact_disconnected"].by == events.PARTY_AGENT


async def test_transfers_and_consults_name_agent_flow_and_consult(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    """The customer's contact is enough where the consult is meant: the agent's state names it."""
    stage.router.agent("ana")
    key = stage.crm.new_key()
    async with connect(desk) as agent:
        await stage.router.give("ana", "c1", key_id=key, consult_contact_id="c1.2")
        await agent.expect("agent_state_changed")
        results = [
            await agent.transfer("c1", to_agent_id="bob"),
            await agent.transfer("c1", flow="main"),
            await agent.consult("c1", "billing", wanted=wanted_in(WANTED)),
            await agent.consult("c1", to_agent_id="bob"),
            await agent.start_conference("c1"),
            await agent.hand_over("c1.2"),
            await agent.end_consult("c1"),
        ]
        named = stage.router.named
        transfers, consults = named("transfer_requested"), named("consult_requested")
        about = [
            named(kind)[0]
            for kind in ("conference_started", "consult_transfer_requested", "consult_ended")
        ]

        assert [result.code for result in results] == [OK] * 7
        assert [(t.queue, t.to_agent_id, t.flow) for t in transfers] == [
            ("", "bob", ""),
            ("", "", "main"),
        ]
        assert [(t.queue, t.to_agent_id) for t in consults] == [("billing", ""), ("", "bob")]
        assert [r.skill for r in consults[0].needs.skills] == ["vip", "sales"]
        assert not consults[1].HasField("needs")
        assert {fact.contact_id for fact in about} == {"c1.2"}
        assert {fact.agent_id for fact in (*transfers, *consults, *about)} == {"ana"}


async def test_both_agents_are_told_of_their_consult(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    stage.router.agent("bob")
    about = {"contact_id": "c1", "consult_contact_id": "c1.2", "agent_id": "ana"}
    started = routing.ConsultStarted(**about)
    opened = routing.ConferenceOpened(**about, consulted_agent_id="bob")
    finished = routing.ConsultFinished(**about, consulted_agent_id="bob", is_transfer=True)
    async with connect(desk) as ana, connect(desk, agent_id="bob") as bob:
        number = await stage.router.step(
            routing.Decision(consult_started=started),
            routing.Decision(conference_opened=opened),
            routing.Decision(consult_finished=finished),
        )

        assert await ana.expect("consult_started") == started
        for agent in (ana, bob):
            assert await agent.expect("conference_opened") == opened
            assert await agent.expect("consult_finished") == finished
            assert agent.last_step == number


async def test_a_refusal_of_the_router_is_a_rejection_with_its_reason(
    desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    stage.router.answers["offer_accepted"] = lambda fact: refusal("OFFER_TIMED_OUT", "too late")
    stage.router.answers["offer_rejected"] = lambda fact: refusal("REPEATED")
    async with connect(desk) as agent:
        late = await agent.accept("o1")
        repeated = await agent.reject("o1")

        assert late.code == REJECTED
        assert late.because == routing.REJECTED_BECAUSE_OFFER_TIMED_OUT
        assert late.detail == "too late"
        assert repeated.code == OK


async def test_more_commands_than_allowed_at_once_are_refused(
    stage: Stage, start_desk: Any, connect: Any
) -> None:
    stage.router.agent("ana")
    desk = stage.desk_settings(max_commands_in_flight=3, command_seconds=1.0)
    async with start_desk(desk), connect(desk) as agent:
        stage.router.is_silent = True
        results = await asyncio.gather(
            *(agent.command(wire.accept_offer(f"o{n}"), repeats=False) for n in range(6))
        )
        codes = sorted(result.code for result in results)

        assert codes.count(work.RESULT_CODE_UNAVAILABLE) == 3


@pytest.mark.parametrize(
    "request_",
    [
        work.WorkRequest(accept_offer=work.AcceptOffer(offer_id="o1")),
        wire.accept_offer(""),
        wire.new_command(choose_presence=work.ChoosePresence()),
        wire.send_message("c1", "   ", ""),
        wire.send_message("c1", "x" * 300_000, ""),
        wire.send_message("c1", "hello", "two\nlines"),
        wire.new_command(hello=work.Hello(agent_id="ana")),
        wire.complete_contact("c1", "solved", "x" * 20_000),
        wire.transfer_contact("c1"),
        wire.transfer_contact("c1", "billing", flow="main"),
        wire.transfer_contact("c1", to_agent_id="x" * 300),
        wire.transfer_contact("c1", "billing", wanted=wanted_in("skills=vip:9")),
        wire.consult_colleague("c1", "billing", wanted=wanted_in("skills=" + ",".join("x" * 101))),
        wire.consult_colleague("c1", "billing", wanted=wanted_in(f"teams={'x' * 200}")),
        wire.consult_colleague("c1"),
        wire.end_consult(""),
    ],
)
async def test_a_wrong_command_is_invalid_and_no_fact(
    request_: work.WorkRequest, desk: DeskSettings, stage: Stage, connect: Any
) -> None:
    stage.router.agent("ana")
    async with connect(desk) as agent:
        result = await agent.command(request_)
        facts = {fact.WhichOneof("fact") for fact in stage.router.facts}

        assert result.code == INVALID
        assert result.detail
        assert facts <= {"agent_signed_in", "desk_heartbeat"}
