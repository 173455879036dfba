"""What the policy says of a queue, both ways."""

from contact_center.v1 import policy_pb2
from router.adapters.codec.names import AGENT_ORDER_OF, AGENT_ORDERS, word
from router.adapters.codec.needs import apart, needs_from, needs_to
from router.domain.queues import (
    Ageing,
    AgentOrder,
    Condition,
    Exit,
    Preferred,
    Queue,
    Ring,
    Rule,
)

DEFAULT = Queue(name="")


def queue_from(message: policy_pb2.Queue, where: str) -> Queue:
    """Return the queue; a target that is left out has its default."""
    return Queue(
        name=message.name,
        requirements=needs_from(message.needs, message.requirements),
        target_seconds=message.target_seconds or DEFAULT.target_seconds,
        target_share=message.target_share or DEFAULT.target_share,
        short_abandon_seconds=message.short_abandon_seconds,
        rings=tuple(_ring_from(ring) for ring in message.rings),
        ageing=_ageing_from(message.ageing) if message.HasField("ageing") else None,
        order=_order_from(message.order, f"{where}.order"),
        offer_to=message.offer_to or 1,
        preferred=_preferred_from(message.preferred) if message.HasField("preferred") else None,
        schedule=message.schedule,
        on_closed=_exit_from(message, "on_closed"),
        max_waiting=message.max_waiting,
        on_full=_exit_from(message, "on_full"),
        overflow_seconds=message.overflow_seconds,
        on_overflow=_exit_from(message, "on_overflow"),
        on_nobody=_exit_from(message, "on_nobody"),
        rules=tuple(_rule_from(rule) for rule in message.rules),
    )


def queue_to(queue: Queue) -> policy_pb2.Queue:
    """Return the queue."""
    requirements, rest = apart(queue.requirements)
    return policy_pb2.Queue(
        name=queue.name,
        requirements=requirements,
        target_seconds=queue.target_seconds,
        target_share=queue.target_share,
        short_abandon_seconds=queue.short_abandon_seconds,
        needs=rest,
        rings=[_ring_to(ring) for ring in queue.rings],
        ageing=_ageing_to(queue.ageing),
        order=AGENT_ORDERS[queue.order],
        offer_to=queue.offer_to,
        preferred=_preferred_to(queue.preferred),
        schedule=queue.schedule,
        on_closed=_exit_to(queue.on_closed),
        max_waiting=queue.max_waiting,
        on_full=_exit_to(queue.on_full),
        overflow_seconds=queue.overflow_seconds,
        on_overflow=_exit_to(queue.on_overflow),
        on_nobody=_exit_to(queue.on_nobody),
        rules=[_rule_to(rule) for rule in queue.rules],
    )


def _order_from(number: int, field: str) -> AgentOrder:
    return word(AGENT_ORDER_OF, number, field) if number else AgentOrder.LONGEST_IDLE


def _ring_from(message: policy_pb2.Ring) -> Ring:
    return Ring(
        after_seconds=message.after_seconds,
        needs=needs_from(message.needs),
        without=tuple(message.without),
    )


def _ring_to(ring: Ring) -> policy_pb2.Ring:
    return policy_pb2.Ring(
        after_seconds=ring.after_seconds, needs=needs_to(ring.needs), without=ring.without
    )


def _ageing_from(message: policy_pb2.Ageing) -> Ageing:
    return Ageing(every_seconds=message.every_seconds, step=message.step or 1, most=message.most)


def _ageing_to(ageing: Ageing | None) -> policy_pb2.Ageing | None:
    if ageing is None:
        return None
    return policy_pb2.Ageing(every_seconds=ageing.every_seconds, step=ageing.step, most=ageing.most)


def _preferred_from(message: policy_pb2.Preferred) -> Preferred:
    return Preferred(seconds=message.seconds, is_over_capacity=message.is_over_capacity)


def _preferred_to(preferred: Preferred | None) -> policy_pb2.Preferred | None:
    if preferred is None:
        return None
    return policy_pb2.Preferred(
        seconds=preferred.seconds, is_over_capacity=preferred.is_over_capacity
    )


def _exit_from(queue: policy_pb2.Queue, field: str) -> Exit | None:
    if not queue.HasField(field):  # type: ignore[arg-type]
        return None
    message = getattr(queue, field)
    return Exit(queue=message.queue, flow=message.flow)


def _exit_to(way: Exit | None) -> policy_pb2.Exit | None:
    return None if way is None else policy_pb2.Exit(queue=way.queue, flow=way.flow)


def _rule_from(message: policy_pb2.Rule) -> Rule:
    return Rule(
        when=tuple(_condition_from(condition) for condition in message.when),
        needs=needs_from(message.needs),
        priority=message.priority,
    )


def _rule_to(rule: Rule) -> policy_pb2.Rule:
    return policy_pb2.Rule(
        when=[_condition_to(condition) for condition in rule.when],
        needs=needs_to(rule.needs),
        priority=rule.priority,
    )


def _condition_from(message: policy_pb2.Condition) -> Condition:
    return Condition(
        attribute=message.attribute,
        values=tuple(message.values),
        at_least=message.at_least if message.HasField("at_least") else None,
        at_most=message.at_most if message.HasField("at_most") else None,
    )


def _condition_to(condition: Condition) -> policy_pb2.Condition:
    return policy_pb2.Condition(
        attribute=condition.attribute,
        values=condition.values,
        at_least=condition.at_least,
        at_most=condition.at_most,
    )
