"""Kafka: at-least-once in, idempotent out."""

from chassis.kafka.client_faults import tell_lost_connections
from chassis.kafka.dead_letters import DeadLetters
from chassis.kafka.follow import FollowConsumer
from chassis.kafka.group import GroupConsumer
from chassis.kafka.login import login, tls_context
from chassis.kafka.producer import Producer
from chassis.kafka.records import Headers, Position, Record
from chassis.kafka.starts import FromEnd, FromPositions, FromStart, FromTime, Start
from chassis.kafka.steps import StepFilter
from chassis.kafka.topics import TopicSpec, ensure_topics

__all__ = [
    "DeadLetters",
    "FollowConsumer",
    "FromEnd",
    "FromPositions",
    "FromStart",
    "FromTime",
    "GroupConsumer",
    "Headers",
    "Position",
    "Producer",
    "Record",
    "Start",
    "StepFilter",
    "TopicSpec",
    "ensure_topics",
    "login",
    "tls_context",
]

tell_lost_connections()
