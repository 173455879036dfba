"""Every service replaced by a new one under load, as a cluster does it, on the embedded stack."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast

import yaml

from local_stack.ports import LOOPBACK, free_ports
from local_stack.stack import Stack, without_servers
from tests.chaos.crowd import Crowd
from tests.chaos.judging import drained
from tests.chaos.run import Outcome, Say, judge
from tests.deploy.cluster_address import ClusterAddress
from tests.deploy.rendering import K8S, SERVICES
from tests.e2e.world import World

# What is asked at one address, by others or by the people of the test.
ADDRESSES = (
    "crm.GRPC_PORT",
    "desk.GRPC_PORT",
    "ingest-digital.CHAT_PORT",
    "ingest-digital.MAIL_PORT",
)
ASK_CRM = ("desk", "ingest-digital", "ingest-voice", "self-service")
ROUTERS = 2
FIRST_SECONDS = 3.0
BETWEEN_SECONDS = 0.5
COMPLAINTS = 10


@dataclass(slots=True)
class Front:
    """The stack as its clients see it: one address for all replicas of a service."""

    stack: Stack
    ports_of: Mapping[str, int]
    leaving: set[str] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stack, name)

    @property
    def ports(self) -> dict[str, int]:
        """The ports of the stack, those that replicas share in place of their own."""
        return self.stack.ports | self.ports_of

    def address(self, key: str) -> str:
        """Return host:port for a key such as `desk.GRPC_PORT`."""
        return f"{LOOPBACK}:{self.ports[key]}"

    def endpoints(self, key: str) -> list[int]:
        """Return the ports of the replicas that are not on their way out."""
        service, _, setting = key.partition(".")
        return [
            self.stack.ports[f"{name}.{setting}"]
            for name in self.replicas(service)
            if name not in self.leaving
        ]

    def replicas(self, service: str) -> list[str]:
        """Return the names of a service's replicas, the youngest last."""
        return [name for name in self.stack.instances() if name.rstrip("-0123456789") == service]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """How the cluster replaces a service's replicas."""

    service: str
    is_surge: bool
    grace_seconds: float


def rollouts() -> list[Rollout]:
    """Return how each service is replaced, as its manifest says."""
    return [_rollout(service) for service in SERVICES]


def make_stack(data: Path, environ: Mapping[str, str], say: Say) -> Front:
    """Return a stack whose services reach crm at an address that all its replicas share."""
    ports = dict(zip(ADDRESSES, free_ports(len(ADDRESSES)), strict=True))
    crm = f"{LOOPBACK}:{ports['crm.GRPC_PORT']}"
    asking = {"KEY_SERVICE_ADDRESS": crm, "CUSTOMER_SERVICE_ADDRESS": crm}
    settings = dict.fromkeys(ASK_CRM, asking) | {"router": {"GRPC_PORT": "0"}}
    return Front(Stack(data, environ=without_servers(environ), settings=settings, say=say), ports)


async def run(front: Front, *, seed: int, say: Say) -> Outcome:
    """Replace all replicas of all services while people come and go; then judge."""
    async with AsyncExitStack() as open_addresses:
        for key, port in front.ports_of.items():
            endpoints = _asker(front, key)
            await open_addresses.enter_async_context(ClusterAddress(port, endpoints))
        await asyncio.to_thread(front.stack.start)
        for _ in range(ROUTERS - 1):
            await asyncio.to_thread(front.stack.add_replica, "router")
        return await _under_load(front, seed, say)


def _asker(front: Front, key: str) -> Any:
    return lambda: front.endpoints(key)


async def _under_load(front: Front, seed: int, say: Say) -> Outcome:
    outcome = Outcome(seed)
    world = World(cast(Stack, front), {})
    crowd = Crowd(world, Random(seed), [world.desk])
    await crowd.begin()
    arrivals = asyncio.create_task(crowd.come())
    try:
        await asyncio.sleep(FIRST_SECONDS)
        for rollout in rollouts():
            for name in reversed(front.replicas(rollout.service)):
                outcome.done.append(await _replace(front, rollout, name, outcome))
                say(outcome.done[-1])
                await asyncio.sleep(BETWEEN_SECONDS)
        outcome.findings += await drained(front.stack)
        await crowd.close()
        outcome.report = await world.report(accepted=frozenset(crowd.accepted))
    finally:
        arrivals.cancel()
        await crowd.leave()
    await judge(world, crowd, outcome)
    return outcome


async def _replace(front: Front, rollout: Rollout, name: str, outcome: Outcome) -> str:
    """A Deployment's new replica is ready before the old one goes; a StatefulSet's comes after."""
    parts = front.stack.parts
    new = name
    if rollout.is_surge:
        new = await asyncio.to_thread(front.stack.add_replica, rollout.service)
    front.leaving.add(name)
    began = time.monotonic()
    await asyncio.to_thread(parts.stop, name)
    took = time.monotonic() - began
    if took > rollout.grace_seconds:
        outcome.findings.append(("drain", f"{name} took {took:.0f} s to end"))
    log = parts.log(name)
    if (code := _exit_code(log)) != 0:
        outcome.findings.append(("drain", f"{name} ended with {code}\n{_last_words(log)}"))
    if not rollout.is_surge:
        await asyncio.to_thread(parts.start, name)
        front.leaving.discard(name)
    return f"{name} ended after {took:.1f} s, {new} is ready {time.monotonic() - began:.1f} s on"


def _exit_code(log: str) -> int | None:
    """Return what a service said with its last word; None when it was cut off."""
    for line in reversed(log.splitlines()):
        if line.startswith("{") and '"exit_code"' in line:
            code: int = json.loads(line)["exit_code"]
            return code
    return None


def _last_words(log: str) -> str:
    """Return the complaints of a log, and how it ends."""
    lines = log.splitlines()
    complaints = [line for line in lines if '"CRITICAL"' in line or '"ERROR"' in line]
    return "\n".join([*complaints[-COMPLAINTS:], *lines[-COMPLAINTS:]])


def _rollout(service: str) -> Rollout:
    workload = next(yaml.safe_load_all((K8S / "base" / f"{service}.yaml").read_text()))
    is_surge = workload["kind"] == "Deployment"
    if is_surge:
        wanted = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        assert workload["spec"]["strategy"] == wanted, service
    grace = float(workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"])
    return Rollout(service=service, is_surge=is_surge, grace_seconds=grace)
