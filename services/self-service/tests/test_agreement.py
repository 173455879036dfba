"""What a policy names of flows is compared with the folder, as soon as either changes."""

import logging
from pathlib import Path

import pytest

from chassis.kafka import Record
from contact_center.v1 import policy_pb2
from self_service import metrics
from self_service.adapters.agreement import Agreement
from self_service.adapters.flow_folder import FlowFolder
from self_service.adapters.policies import FollowedPolicies

from .surroundings import a_policy

FLOWS = Path(__file__).parents[3] / "deploy" / "local" / "flows"


async def never(workspace: str, version: str) -> None:
    raise AssertionError("nothing is asked of the database here")


@pytest.mark.parametrize("exit_of", ["on_closed", "on_full", "on_overflow", "on_nobody"])
async def test_a_queue_that_sends_to_a_flow_that_is_not_there_is_said_loudly(
    exit_of: str, caplog: pytest.LogCaptureFixture
):
    policies = FollowedPolicies()
    flows = FlowFolder(FLOWS, never)
    flows.on_change = policies.on_change = Agreement(flows, policies).look
    flows.look()
    policy = a_policy({"web": ("chat", "main")}, queues=("billing", "sales", "support"))
    getattr(policy.queues[1], exit_of).flow = "mian"
    with caplog.at_level(logging.ERROR):
        await policies.handle(_record(policy))
    told = [r.__dict__ for r in caplog.records if r.message == "flow against policy"]
    counted = metrics.MISMATCHES._value.get()
    getattr(policy.queues[1], exit_of).flow = "main"
    await policies.handle(_record(policy))

    problem = "there is no such flow, named by queue 'sales'"
    missing = [(one["flow"], one["problem"]) for one in told if one["flow"] == "mian"]
    assert missing == [("mian", problem)]
    assert metrics.MISMATCHES._value.get() == counted - 1


def _record(policy: policy_pb2.Policy) -> Record:
    value = policy_pb2.WorkspacePolicy(workspace="main", policy=policy).SerializeToString()
    return Record("workspace-policies.v1", 0, 0, 0, b"main", value, ())
