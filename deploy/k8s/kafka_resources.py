"""Writes what the overlays say about Kafka from the register of topics; `--check` only compares."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
REGISTER = HERE.parents[1] / "proto" / "topics.yaml"
HOUR_MILLISECONDS = 3_600_000
REPLICAS = 3
IN_SYNC = 2
CLUSTER = "kafka"
# Each has its consumer groups under its own name: crm, crm-steps, crm-timeline.
WITH_GROUPS = ("crm", "ingest-digital", "ingest-voice", "router", "self-service")
# It publishes from the first step that its own output lacks, and parks nothing twice.
READS_BACK = {"router": ("routing-events.v1", "workspace-policies.v1")}
PARKS_ONCE = ("router",)
# A command for people: it looks at what is active before it proposes, and explains from the log.
COMMAND = "policy-command"
COMMAND_READS = ("contact-events.v1", "routing-events.v1", "workspace-policies.v1")
LABELS = {
    "app.kubernetes.io/name": "kafka",
    "app.kubernetes.io/part-of": "contact-center",
    "strimzi.io/cluster": CLUSTER,
}

Object = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Write the files, or say with 1 that one is not what the register says."""
    stale = []
    for path, text in files().items():
        if path.exists() and path.read_text() == text:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(text)
    if stale:
        print(f"{'stale' if '--check' in arguments else 'wrote'}: {', '.join(stale)}")
    return 1 if stale and "--check" in arguments else 0


def files() -> dict[Path, str]:
    """Return what each generated file holds."""
    register = yaml.safe_load(REGISTER.read_text())
    prod, dev = HERE / "overlays" / "prod", HERE / "overlays" / "dev"
    return {
        prod / "kafka-topics.yaml": _text(kafka_topics(register)),
        prod / "kafka-users.yaml": _text(kafka_users(register)),
        dev / "make-topics.sh": make_topics(register),
    }


def kafka_topics(register: Object) -> list[Object]:
    """Return a KafkaTopic for each topic of the register, dead letters included."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": name, "labels": LABELS},
            "spec": {
                "partitions": partitions,
                "replicas": REPLICAS,
                "config": configs | {"min.insync.replicas": IN_SYNC},
            },
        }
        for name, partitions, configs in _topics(register, "production")
    ]


def kafka_users(register: Object) -> list[Object]:
    """Return a KafkaUser for each who writes or reads, who may do that and nothing else."""
    names = {name for topic in register["topics"] for name in topic["writers"] + topic["readers"]}
    users = [_user(name, _rules(register, name)) for name in sorted(names)]
    return [*users, _user("keda", list(_asks_for_lag(register)))]


def make_topics(register: Object) -> str:
    """Return the script that makes the topics of a small cluster."""
    lines = [
        "#!/bin/sh",
        "# Generated from proto/topics.yaml by deploy/k8s/kafka_resources.py.",
        "set -eu",
        "make() {",
        "  name=$1 partitions=$2; shift 2",
        '  /opt/kafka/bin/kafka-topics.sh --create --if-not-exists --topic "$name" \\',
        '    --bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" \\',
        '    --partitions "$partitions" --replication-factor 1 "$@"',
        "}",
    ]
    for name, partitions, configs in _topics(register, "local"):
        options = " ".join(f"--config {key}={value}" for key, value in configs.items())
        lines.append(f"make {name} {partitions} {options}")
    return "\n".join(lines) + "\n"


def _topics(register: Object, scale: str) -> Iterator[tuple[str, int, Object]]:
    for topic in register["topics"]:
        yield topic["name"], register["partitions"][scale], _configs(topic)
    dead = register["dead_letters"]
    for source, services in dead["services"].items():
        for service in services:
            yield f"{source}.dlq.{service}", 1, _configs(dead)


def _configs(entry: Object) -> Object:
    stamps = "LogAppendTime" if entry.get("stamps") == "log" else "CreateTime"
    if entry.get("retention") == "compact":
        kept: Object = {"cleanup.policy": "compact"}
    else:
        kept = {"retention.ms": entry["retention_hours"] * HOUR_MILLISECONDS}
    return {"message.timestamp.type": stamps, **kept}


def _rules(register: Object, name: str) -> list[Object]:
    rules = []
    for topic in register["topics"]:
        writes = name in topic["writers"]
        reads = name in topic["readers"] or topic["name"] in READS_BACK.get(name, ())
        reads = reads or (name == COMMAND and topic["name"] in COMMAND_READS)
        if reads or writes:
            verbs = [*(["Read"] if reads else []), *(["Write"] if writes else []), "Describe"]
            rules.append(_rule("topic", topic["name"], verbs))
    for source, services in register["dead_letters"]["services"].items():
        if name in services:
            verbs = ["Read"] if name in PARKS_ONCE else []
            rules.append(_rule("topic", f"{source}.dlq.{name}", [*verbs, "Write", "Describe"]))
    if name in WITH_GROUPS:
        rules.append(_rule("group", name, ["Read", "Describe"], pattern="prefix"))
    return rules


def _asks_for_lag(register: Object) -> Iterator[Object]:
    """Yield what an autoscaler needs: where topics end, and how far groups have come."""
    for topic in register["topics"]:
        yield _rule("topic", topic["name"], ["Describe"])
    for name in WITH_GROUPS:
        yield _rule("group", name, ["Describe"], pattern="prefix")


def _rule(kind: str, name: str, verbs: Iterable[str], pattern: str = "literal") -> Object:
    resource = {"type": kind, "name": name, "patternType": pattern}
    return {"resource": resource, "operations": list(verbs), "host": "*"}


def _user(name: str, rules: list[Object]) -> Object:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": LABELS},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": rules},
        },
    }


class _Plain(yaml.SafeDumper):
    """Writes the same value twice instead of a reference to it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(objects: list[Object]) -> str:
    head = "# Generated from proto/topics.yaml by deploy/k8s/kafka_resources.py: do not edit.\n"
    return head + yaml.dump_all(objects, Dumper=_Plain, sort_keys=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
