"""What the production overlay says about scaling, networks and routes is about what is there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from contact_center.v1 import (
    agent_service_pb2,
    analytics_service_pb2,
    customer_service_pb2,
    routing_service_pb2,
)
from tests.deploy.rendering import (
    NAME,
    ROOT,
    SERVICES,
    Manifest,
    environment,
    named,
    of_kind,
    pod_of,
    rendered,
    workloads,
)
from tests.deploy.tools import Missing

REGISTER = yaml.safe_load((ROOT / "proto" / "topics.yaml").read_text())
TOPICS = {topic["name"]: topic for topic in REGISTER["topics"]}
# The API server takes any key of a trigger, and the scaler ignores those that it does not know.
KEYS = {
    "kafka": {
        "bootstrapServers", "consumerGroup", "topic", "lagThreshold", "activationLagThreshold",
        "offsetResetPolicy", "allowIdleConsumers", "scaleToZeroOnInvalidOffset", "version",
        "limitToPartitionsWithLag", "excludePersistentLag", "partitionLimitation", "sasl", "tls",
        "ensureEvenDistributionOfPartitions",
    },
    "cpu": {"value", "containerName"},
    "memory": {"value", "containerName"},
}  # fmt: skip
NEEDED = {"kafka": {"bootstrapServers", "consumerGroup", "topic", "lagThreshold"}}
NEEDED |= {"cpu": {"value"}, "memory": {"value"}}
OPEN = {
    service.full_name: service
    for module in (
        agent_service_pb2, analytics_service_pb2, customer_service_pb2, routing_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
}  # fmt: skip


@pytest.fixture
def prod() -> list[Manifest]:
    try:
        return rendered("prod")
    except Missing as why:
        pytest.skip(f"THE MANIFESTS ARE NOT RENDERED: {why}")


def test_a_scaler_knows_each_key_and_misses_none(prod: list[Manifest]):
    for scaled in of_kind(prod, "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            given = set(trigger["metadata"])
            assert given <= KEYS[trigger["type"]], scaled["metadata"]["name"]
            assert NEEDED[trigger["type"]] <= given, scaled["metadata"]["name"]
            assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_there_are_never_more_consumers_than_partitions(prod: list[Manifest]):
    for scaled in of_kind(prod, "ScaledObject"):
        most = scaled["spec"]["maxReplicaCount"]
        assert 2 <= scaled["spec"]["minReplicaCount"] <= most
        assert most <= REGISTER["partitions"]["production"], scaled["metadata"]["name"]
    assert named(prod, "StatefulSet", "router")["spec"]["replicas"] <= 64


def test_a_scaler_asks_the_kafka_that_services_speak_with(prod: list[Manifest]):
    (crm,) = [container for service, _, container in workloads(prod) if service == "crm"]
    host, _, port = (environment(prod, crm)["KAFKA_BOOTSTRAP_SERVERS"] or "").partition(":")
    for scaled in of_kind(prod, "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "kafka":
                servers = trigger["metadata"]["bootstrapServers"]
                assert servers == f"{host}.contact-center.svc:{port}", scaled["metadata"]["name"]


def test_lag_is_that_of_a_group_of_the_service_on_a_topic_it_reads(prod: list[Manifest]):
    for scaled in of_kind(prod, "ScaledObject"):
        service = scaled["spec"]["scaleTargetRef"]["name"]
        assert named(prod, "Deployment", service)["spec"].get("replicas") is None
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "kafka":
                group, topic = trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"]
                assert service in TOPICS[topic]["readers"], topic
                assert group in groups_of(service), group


def groups_of(service: str) -> set[str]:
    """Return the consumer groups that the service's code names."""
    source = (ROOT / "services" / service / "src").rglob("*.py")
    text = "\n".join(path.read_text() for path in source)
    plain = set(re.findall(rf'"({service}(?:-[a-z]+)?)"', text))
    return plain | {service + rest for rest in re.findall(r'f"\{SERVICE\}(-[a-z]+)"', text)}


def test_nothing_is_open_that_no_policy_opens(prod: list[Manifest]):
    nothing = named(prod, "NetworkPolicy", "nothing")["spec"]

    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_each_policy_is_about_pods_and_ports_that_there_are(prod: list[Manifest]):
    ports = {
        service: {port["name"] for port in container["ports"]}
        for service, _, container in workloads(prod)
    }
    for policy in of_kind(prod, "NetworkPolicy"):
        chosen = list(_names(policy["spec"]["podSelector"]))
        assert set(chosen) <= {*SERVICES, "apply-rules"}, policy["metadata"]["name"]
        for rule in policy["spec"].get("ingress", []):
            for port in rule.get("ports", []):
                if isinstance(port["port"], str):
                    for service in chosen or SERVICES:
                        assert port["port"] in ports[service], policy["metadata"]["name"]


def _names(selector: Any) -> Iterator[str]:
    if NAME in selector.get("matchLabels", {}):
        yield selector["matchLabels"][NAME]
    for expression in selector.get("matchExpressions", []):
        if expression["key"] == NAME:
            yield from expression["values"]


def test_who_has_a_database_may_reach_it_and_nobody_else(prod: list[Manifest]):
    with_database = {
        service
        for service, _, container in workloads(prod)
        if any(each["name"] == "DATABASE_URL" for each in container["env"])
    }
    allowed = set(_names(named(prod, "NetworkPolicy", "to-postgres")["spec"]["podSelector"]))
    inwards = named(prod, "NetworkPolicy", "postgres")["spec"]["ingress"][0]["from"][0]
    roles = named(prod, "Cluster", "postgres")["spec"]["managed"]["roles"]
    schemas = named(prod, "Database", "contact-center")["spec"]["schemas"]

    assert allowed == with_database == set(_names(inwards["podSelector"]))
    assert {role["name"].replace("_", "-") for role in roles} == with_database
    assert {schema["name"]: schema["owner"] for schema in schemas} == {
        role["name"]: role["name"] for role in roles
    }


def test_each_route_leads_to_a_port_of_a_service_that_serves_it(prod: list[Manifest]):
    routes = of_kind(prod, "HTTPRoute", "GRPCRoute")
    served = set()
    for route in routes:
        for rule in route["spec"]["rules"]:
            for target in rule["backendRefs"]:
                service = named(prod, "Service", target["name"])
                assert target["port"] in {port["port"] for port in service["spec"]["ports"]}
            if route["kind"] == "GRPCRoute":
                served |= {match["method"]["service"] for match in rule["matches"]}

    # KeyService gives keys: it is for services alone.
    assert served == set(OPEN)


def test_the_routes_stand_behind_listeners_of_their_names(prod: list[Manifest]):
    (gateway,) = of_kind(prod, "Gateway")
    listeners = {each["name"]: each for each in gateway["spec"]["listeners"]}
    for route in of_kind(prod, "HTTPRoute", "GRPCRoute"):
        for parent in route["spec"]["parentRefs"]:
            assert parent["name"] == gateway["metadata"]["name"]
            assert route["spec"]["hostnames"] == [listeners[parent["sectionName"]]["hostname"]]


def test_the_gateway_checks_the_certificate_of_each_service_it_leads_to(prod: list[Manifest]):
    (policy,) = of_kind(prod, "BackendTLSPolicy")
    told = policy["spec"]["validation"]
    backends = {
        target["name"]
        for route in of_kind(prod, "HTTPRoute", "GRPCRoute")
        for rule in route["spec"]["rules"]
        for target in rule["backendRefs"]
    }

    assert {target["name"] for target in policy["spec"]["targetRefs"]} == backends
    for name in backends:
        assert told["hostname"] in named(prod, "Certificate", name)["spec"]["dnsNames"], name
    authority = named(prod, "Certificate", "authority")["spec"]["secretName"]
    assert [each["name"] for each in told["caCertificateRefs"]] == [authority]


def test_a_chat_stays_open_as_long_as_the_customer_wants(prod: list[Manifest]):
    for route in of_kind(prod, "HTTPRoute"):
        assert all(rule["timeouts"] == {"request": "0s"} for rule in route["spec"]["rules"])


def test_prometheus_reads_every_service(prod: list[Manifest]):
    (monitor,) = of_kind(prod, "PodMonitor")

    assert set(_names(monitor["spec"]["selector"])) == set(SERVICES)
    for service, manifest, container in workloads(prod):
        endpoints = {each["port"] for each in monitor["spec"]["podMetricsEndpoints"]}
        assert endpoints <= {port["name"] for port in container["ports"]}, service
        assert pod_of(manifest)["containers"] == [container]


def test_prometheus_gets_the_alerts_and_the_boards(prod: list[Manifest]):
    (rules,) = of_kind(prod, "PrometheusRule")
    alerts = [rule for group in rules["spec"]["groups"] for rule in group["rules"]]

    assert any("alert" in rule for rule in alerts)
    assert named(prod, "ConfigMap", "contact-center-dashboards")["data"]


def test_prometheus_names_the_job_as_the_alerts_expect(prod: list[Manifest]):
    (rules,) = of_kind(prod, "PrometheusRule")
    (monitor,) = of_kind(prod, "PodMonitor")
    text = "\n".join(rule["expr"] for group in rules["spec"]["groups"] for rule in group["rules"])
    jobs = {
        name
        for found in re.findall(r'job=~?"([^"]+)"', text)
        for name in found.split("|")
        if re.fullmatch(r"[a-z-]+", name)
    }

    assert monitor["spec"]["jobLabel"] == NAME
    assert jobs <= {*SERVICES, "kafka", "postgres"}, jobs
