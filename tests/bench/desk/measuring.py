"""What is measured at one desk process with so many streams."""

import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import psutil
from services.desk.tests.desk_process import desk_process
from services.desk.tests.desk_stage import Stage, stage_for
from services.desk.tests.played_crm import played_crm

from chassis.kafka import Position
from chassis.security import agent_tokens
from contact_center.v1 import agent_service_pb2 as work
from contact_center.v1 import common_pb2, routing_events_pb2
from contact_center.v1.agent_service_pb2_grpc import AgentServiceStub
from desk.settings import DeskSettings
from tests.bench.desk.agents import Agents
from tests.bench.figures import Figure, quantile

CALM_RATE, CALM_SECONDS = 50.0, 10.0
QUIET_SECONDS = 10.0
BURST_SECONDS = 120.0
FLOOD_BYTES, FLOOD_EVENTS = 100_000, 120
STUCK = "stuck"
SEED = 20_260_101


class Bench:
    """One desk, its agents, and the steps that a router would say."""

    def __init__(self, stage: Stage, agents: Agents, names: list[str], pid: int) -> None:
        self._stage = stage
        self.agents = agents
        self.names = names
        self._process = psutil.Process(pid)
        self._numbers = iter(range(1_000_000_000))

    def memory(self) -> float:
        """The desk's resident KiB."""
        return float(self._process.memory_info().rss) / 1024

    async def share_at_rest(self) -> float:
        """Share of one core that the desk spends while nothing happens but pings."""
        before = sum(self._process.cpu_times()[:2])
        await asyncio.sleep(QUIET_SECONDS)
        return (sum(self._process.cpu_times()[:2]) - before) / QUIET_SECONDS

    async def calm(self) -> list[float]:
        """Offers one by one, to anybody; the seconds from the step's writing to the client."""
        chance = random.Random(SEED)
        began = time.perf_counter()
        sent: dict[str, float] = {}
        written = []
        for number in range(int(CALM_RATE * CALM_SECONDS)):
            await asyncio.sleep(max(0.0, began + number / CALM_RATE - time.perf_counter()))
            written.append(self._offer(chance.choice(self.names), sent))
        await asyncio.gather(*written)
        await self.agents.all_offered(list(sent), BURST_SECONDS)
        return [self.agents.offered[contact] - at for contact, at in sent.items()]

    async def burst(self) -> list[float]:
        """An offer for everybody at once; the seconds from the first writing to each client."""
        sent: dict[str, float] = {}
        began = time.perf_counter()
        await asyncio.gather(*(self._offer(name, sent) for name in self.names))
        await self.agents.all_offered(list(sent), BURST_SECONDS)
        return [self.agents.offered[contact] - began for contact in sent]

    async def flood(self) -> float:
        """Tell the stuck client more than its connection takes in; return when that was."""
        self._stage.router.agents[STUCK].team = "x" * FLOOD_BYTES
        began = time.perf_counter()
        for _ in range(FLOOD_EVENTS):
            await self._stage.router.changed(STUCK)
        return began

    async def cut_off(self, call: Any) -> grpc.StatusCode:
        """Wait until the desk says that the stuck client is lost; with which code it went."""
        router = self._stage.router
        async with asyncio.timeout(BURST_SECONDS):
            while STUCK not in {f.agent_id for f in router.named("agent_connection_lost")}:
                await asyncio.sleep(0.05)
        try:
            while await call.read() is not grpc.aio.EOF:
                pass
        except grpc.aio.AioRpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        return grpc.StatusCode.OK

    def _offer(self, name: str, sent: dict[str, float]) -> "asyncio.Future[Position]":
        router = self._stage.router
        state = router.agents[name]
        contact = f"bench-{next(self._numbers)}"
        offer = routing_events_pb2.OfferMade(
            offer_id=f"offer-{contact}",
            contact_id=contact,
            agent_id=name,
            session_number=state.session_number,
            desk_instance=state.desk_instance,
            channel=common_pb2.CHANNEL_CHAT,
            ring_seconds=20,
            queue="support",
        )
        router.number += 1
        step = routing_events_pb2.RoutingStep(
            workspace=self._stage.workspace,
            step_number=router.number,
            decisions=[routing_events_pb2.Decision(offer_made=offer)],
        )
        sent[contact] = time.perf_counter()
        return self._stage.producer.send_soon(
            "routing-events.v1", self._stage.workspace, step.SerializeToString()
        )


async def measure(streams: int, folder: Path) -> list[Figure]:
    """All figures of one desk process with so many streams."""
    async with _bench(streams, folder) as (bench, stage, settings):
        empty = bench.memory()
        began = time.perf_counter()
        await bench.agents.sign_in(bench.names)
        signed_in = time.perf_counter() - began
        # Thousands of clients live here: looking through them again and again is not the desk's.
        gc.collect()
        gc.freeze()
        at_rest = await bench.share_at_rest()
        full = bench.memory()
        calm = await bench.calm()
        address = f"127.0.0.1:{settings.grpc_port}"
        async with grpc.aio.insecure_channel(address) as channel:
            call = await _stuck(channel, stage, settings)
            stuck_at = await bench.flood()
            disturbed = await bench.calm()
            code = await bench.cut_off(call)
            cut_off = time.perf_counter() - stuck_at
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED, code
        burst = await bench.burst()
        held = bench.agents.held
        await bench.agents.leave()
    return [
        _figure(streams, "streams held", held, ""),
        _figure(streams, "sign-ins a second", streams / signed_in, "1/s"),
        _figure(streams, "memory per stream", (full - empty) / streams, "KiB"),
        _figure(streams, "processor at rest", at_rest * 100, "% of a core"),
        *_waits(streams, "one offer", calm),
        *_waits(streams, "one offer, beside a client that is stuck", disturbed, calm),
        _figure(streams, "a stuck client is cut off after", cut_off, "s"),
        *_waits(streams, "an offer for everybody at once", burst),
    ]


def _waits(
    streams: int, what: str, waits: list[float], beside: list[float] | None = None
) -> list[Figure]:
    found = []
    for name, share in (("median", 0.5), ("p99", 0.99), ("last", 1.0)):
        value = quantile(waits, share) * 1000
        than = quantile(beside, share) * 1000 if beside else 0.0
        found.append(
            Figure(
                figure=f"{streams} streams: {what}, {name}",
                value=value,
                unit="ms",
                relative_to="without one" if than else "",
                ratio=value / than if than else None,
            )
        )
    return found


def _figure(streams: int, what: str, value: float, unit: str) -> Figure:
    return Figure(figure=f"{streams} streams: {what}", value=value, unit=unit)


async def _stuck(channel: Any, stage: Stage, settings: DeskSettings) -> Any:
    """A client that signs in and never reads again."""
    stage.router.agent(STUCK)
    stub: Any = AgentServiceStub(channel)
    token = await agent_tokens(settings, STUCK, stage.workspace).token()
    call = stub.Work(metadata=(("authorization", f"Bearer {token}"),))
    await call.write(work.WorkRequest(hello=work.Hello(agent_id=STUCK, workspace=stage.workspace)))
    await call.read()
    return call


@asynccontextmanager
async def _bench(streams: int, folder: Path) -> AsyncIterator[tuple[Bench, Stage, DeskSettings]]:
    async with played_crm() as crm:
        settings = DeskSettings(
            key_service_address=crm.address,
            customer_service_address=crm.address,
            grpc_port=0,
            admin_port=0,
            max_streams=streams + 10,
        )
        async with stage_for(settings, crm) as stage:
            names = [f"agent-{number:05d}" for number in range(streams)]
            for name in names:
                stage.router.agent(name)
            desk = stage.desk_settings()
            async with desk_process(desk, folder / f"desk-{streams}.log") as process:
                tokens = {n: agent_tokens(desk, n, stage.workspace) for n in names}
                agents = Agents(
                    f"127.0.0.1:{desk.grpc_port}", stage.workspace, lambda n: tokens[n].token()
                )
                yield Bench(stage, agents, names, process.process.pid), stage, desk
