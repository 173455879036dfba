"""The register of topics, the resources made from it, and a live broker say the same."""

import subprocess
import sys

import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from local_stack.topics import partition_counts, registered_topics
from tests.deploy.rendering import K8S, Manifest

REGISTER = yaml.safe_load((K8S.parents[1] / "proto" / "topics.yaml").read_text())
# Said for several brokers; a broker alone has no use for it.
OF_A_CLUSTER = {"min.insync.replicas"}


def resources(file: str) -> list[Manifest]:
    """Return what a generated file holds."""
    return list(yaml.safe_load_all((K8S / "overlays" / "prod" / file).read_text()))


TOPICS = {each["metadata"]["name"]: each["spec"] for each in resources("kafka-topics.yaml")}
USERS = {each["metadata"]["name"]: each["spec"] for each in resources("kafka-users.yaml")}


def test_the_committed_files_are_what_the_register_says():
    done = subprocess.run(
        [sys.executable, str(K8S / "kafka_resources.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}: run `make k8s`"


def test_a_topic_of_the_cluster_is_a_topic_of_the_register():
    registered = {topic.name: topic for topic in registered_topics(scale="production")}

    assert set(TOPICS) == set(registered)
    for name, spec in TOPICS.items():
        told = {key: str(value) for key, value in spec["config"].items()}
        assert spec["partitions"] == registered[name].partitions
        assert {k: v for k, v in told.items() if k not in OF_A_CLUSTER} == registered[name].configs


async def test_a_live_broker_has_the_topics_as_the_resources_say(
    kafka_bootstrap_servers: str, topic_prefix: str
):
    counts = await partition_counts(kafka_bootstrap_servers)
    told = await configs(kafka_bootstrap_servers, [topic_prefix + name for name in TOPICS])

    for name, spec in TOPICS.items():
        scale = REGISTER["partitions"]["local"] / REGISTER["partitions"]["production"]
        wanted = int(spec["partitions"] * scale) if spec["partitions"] > 1 else 1
        assert counts[topic_prefix + name] == wanted, name
        for key, value in spec["config"].items():
            if key not in OF_A_CLUSTER:
                assert told[topic_prefix + name][key] == str(value), f"{name} {key}"


async def configs(bootstrap_servers: str, names: list[str]) -> dict[str, dict[str, str]]:
    """Return each topic's settings as the broker has them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        answers = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        )
    finally:
        await admin.close()
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }


def operations(user: str, kind: str, name: str) -> set[str]:
    """Return what a user may do with a topic, or with a group."""
    return {
        operation
        for rule in USERS[user]["authorization"]["acls"]
        for operation in rule["operations"]
        if rule["resource"]["type"] == kind and rule["resource"]["name"] == name
    }


@pytest.mark.parametrize("topic", REGISTER["topics"], ids=lambda topic: topic["name"])
def test_only_registered_writers_may_write_and_only_readers_may_read(topic: Manifest):
    may_write = {user for user in USERS if "Write" in operations(user, "topic", topic["name"])}
    may_read = {user for user in USERS if "Read" in operations(user, "topic", topic["name"])}
    # These look at what they, or others before them, have written.
    extra = {"router", "policy-command"} & may_read

    assert may_write == set(topic["writers"])
    assert may_read - extra == set(topic["readers"]) - extra
    assert set(topic["readers"]) <= may_read


def test_nobody_may_do_more_than_read_write_and_describe():
    for user in USERS:
        for rule in USERS[user]["authorization"]["acls"]:
            assert rule["resource"]["type"] in ("topic", "group"), user
            assert rule["resource"]["name"] != "*", user
            assert set(rule["operations"]) <= {"Read", "Write", "Describe"}, user


def test_dead_letters_can_be_written_by_their_service_alone():
    for source, services in REGISTER["dead_letters"]["services"].items():
        for service in services:
            name = f"{source}.dlq.{service}"
            assert {user for user in USERS if "Write" in operations(user, "topic", name)} == {
                service
            }


def test_who_scales_sees_positions_and_no_record():
    for rule in USERS["keda"]["authorization"]["acls"]:
        assert rule["operations"] == ["Describe"]
