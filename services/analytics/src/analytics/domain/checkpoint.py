"""The state of a workspace's fold as JSON values, and back: equal to the fold from the start."""

from dataclasses import astuple
from typing import Any

from analytics.domain.agents import Leg, agent_of
from analytics.domain.channels import ChannelFold
from analytics.domain.queues import queue_of
from analytics.domain.workspace import WorkspaceFold

PLAIN = ("step_number", "stamped_ms", "policy_version", "cause_partition", "cause_offset")


def state_of(fold: WorkspaceFold) -> dict[str, Any]:
    """Only what JSON knows."""
    return {
        **{name: getattr(fold, name) for name in PLAIN},
        "queues": [[*key, queue.as_state()] for key, queue in fold.queues.items()],
        "agents": {agent_id: agent.as_state() for agent_id, agent in fold.agents.items()},
        "channels": {
            channel: {"arrived": one.arrived, "ended": one.ended}
            for channel, one in fold.channels.items()
        },
        "open_contacts": fold.open_contacts,
        "legs": {contact_id: astuple(leg) for contact_id, leg in fold.legs.items()},
    }


def fold_of(state: dict[str, Any]) -> WorkspaceFold:
    """The fold that has this state."""
    queues = {(queue, channel): queue_of(one) for queue, channel, one in state["queues"]}
    return WorkspaceFold(
        **{name: state[name] for name in PLAIN},
        queues=queues,
        agents={agent_id: agent_of(one) for agent_id, one in state["agents"].items()},
        channels={
            channel: ChannelFold(arrived=one["arrived"], ended=dict(one["ended"]))
            for channel, one in state["channels"].items()
        },
        open_contacts=dict(state["open_contacts"]),
        visits={visit_id: key for key, queue in queues.items() for visit_id in queue.waiting},
        legs={contact_id: Leg(*leg) for contact_id, leg in state["legs"].items()},
        offers={offer_id: key for key, queue in queues.items() for offer_id in queue.offers.open},
    )
