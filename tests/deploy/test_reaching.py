"""Who is told where another is may reach it, and nobody else may: settings against policies."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.deploy.reaching import Door, Place, Reach
from tests.deploy.rendering import (
    NAME,
    Manifest,
    environment,
    named,
    of_kind,
    pod_of,
    rendered,
    settings_of,
    workloads,
)
from tests.deploy.tools import Missing

PART_OF = {"app.kubernetes.io/part-of": "contact-center"}
KAFKA = Place(name="kafka", labels={"strimzi.io/cluster": "kafka", "strimzi.io/kind": "Kafka"})
POSTGRES = Place(name="postgres", labels={"cnpg.io/cluster": "postgres"})
NAMES = Place(name="names", namespace="kube-system", labels={"k8s-app": "kube-dns"})
GATEWAY = Place(name="gateway", namespace="gateway")
PROMETHEUS = Place(name="prometheus", namespace="monitoring")
KEDA = Place(name="keda", namespace="keda")
BORDER = Place(name="border", namespace="voice", labels={"contact-center/voice": "border"})
STRANGER = Place(name="stranger", namespace="default")
OUTSIDE = Place(name="outside", namespace="")
Flow = tuple[str, str, str, int]


@pytest.fixture(scope="module")
def prod() -> list[Manifest]:
    try:
        return rendered("prod")
    except Missing as why:
        pytest.skip(f"THE MANIFESTS ARE NOT RENDERED: {why}")


@pytest.fixture(scope="module")
def ours(prod: list[Manifest]) -> dict[str, Place]:
    """Each service, and the command that applies rules."""
    found = {}
    for workload in of_kind(prod, "Deployment", "StatefulSet", "Job"):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        ports = {
            port["name"]: (port.get("protocol", "TCP"), port["containerPort"])
            for container in pod_of(workload)["containers"]
            for port in container.get("ports", [])
        }
        found[labels[NAME]] = Place(name=labels[NAME], labels=labels, ports=ports)
    return found


def needed(prod: list[Manifest], ours: dict[str, Place]) -> Iterator[Flow]:
    """Yield every way that settings, routes and scalers speak of."""
    for asking in ours:
        yield from ((asking, "names", protocol, 53) for protocol in ("UDP", "TCP"))
    for service, _, container in workloads(prod):
        given = environment(prod, container)
        read = {name.upper() for name in settings_of(service).model_fields}
        told = {name: value or "" for name, value in given.items() if name in read}
        yield from _of_settings(service, told)
        yield service, "prometheus", "TCP", urlsplit(given["OTEL_EXPORTER_OTLP_ENDPOINT"]).port or 0
        yield "prometheus", service, *ours[service].ports["admin"]
    servers = environment(prod, pod_of(named(prod, "Job", "apply-rules"))["containers"][0])
    yield "apply-rules", "kafka", "TCP", _port(servers["KAFKA_BOOTSTRAP_SERVERS"])
    yield "keda", "kafka", "TCP", _port(servers["KAFKA_BOOTSTRAP_SERVERS"])
    for route in of_kind(prod, "HTTPRoute", "GRPCRoute"):
        for rule in route["spec"]["rules"]:
            for target in rule["backendRefs"]:
                yield "gateway", target["name"], "TCP", target["port"]
    for name in ("sip-udp", "sip-tcp"):
        yield "border", "ingest-voice", *ours["ingest-voice"].ports[name]
    voice = next(
        container for service, _, container in workloads(prod) if service == "ingest-voice"
    )
    for port in (environment(prod, voice)["RTP_PORTS"] or "").split("-"):
        yield "border", "ingest-voice", "UDP", int(port)
    # Mail servers of the world.
    for anybody in ("outside", "stranger", "names", "gateway", "prometheus", "keda", "border"):
        yield anybody, "ingest-digital", *ours["ingest-digital"].ports["smtp"]


def _of_settings(service: str, told: dict[str, str]) -> Iterator[Flow]:
    yield service, "kafka", "TCP", _port(told["KAFKA_BOOTSTRAP_SERVERS"])
    yield service, "outside", "TCP", urlsplit(told["OIDC_ISSUER"]).port or 443
    for name in ("KEY_SERVICE_ADDRESS", "CUSTOMER_SERVICE_ADDRESS"):
        if name in told:
            yield service, told[name].partition(":")[0], "TCP", _port(told[name])
    if "DATABASE_URL" in told:
        yield service, "postgres", "TCP", 5432
    if told.get("TRUNK_ADDRESS"):
        for protocol in ("UDP", "TCP"):
            yield service, "border", protocol, _port(told["TRUNK_ADDRESS"])
    if "SMTP_RELAY" in told:
        yield service, "outside", "TCP", _port(told["SMTP_RELAY"])


def _port(address: str | None) -> int:
    return int((address or "").rpartition(":")[2])


def test_who_is_told_where_another_is_may_reach_it_and_nobody_else(
    prod: list[Manifest], ours: dict[str, Place]
):
    wanted = set(needed(prod, ours))
    others = (KAFKA, POSTGRES, NAMES, GATEWAY, PROMETHEUS, KEDA, BORDER, STRANGER, OUTSIDE)
    places = ours | {place.name: place for place in others}
    reach = Reach(prod)
    doors = {(target, *port) for target, place in ours.items() for port in place.ports.values()}
    doors |= {(target, protocol, port) for _, target, protocol, port in wanted}

    for source in places:
        for target, protocol, port in doors:
            # What others do among themselves is not ours to say.
            if source != target and (source in ours or target in (*ours, "kafka", "postgres")):
                may = reach.may(places[source], Door(places[target], protocol, port))
                is_wanted = (source, target, protocol, port) in wanted
                assert may == is_wanted, f"{source} to {target} {protocol} {port}"


def test_every_port_for_the_web_stands_behind_a_route(prod: list[Manifest], ours: dict[str, Place]):
    """So a port for webhooks, once there is one, needs its route; gRPC's are tried elsewhere."""
    routed = {
        (target["name"], target["port"])
        for route in of_kind(prod, "HTTPRoute")
        for rule in route["spec"]["rules"]
        for target in rule["backendRefs"]
    }
    others = {"admin", "grpc", "smtp", "sip-udp", "sip-tcp"}
    web = {
        (name, port)
        for name, place in ours.items()
        for word, (_, port) in place.ports.items()
        if word not in others
    }

    assert web == routed


def test_grpc_is_spoken_only_with_those_who_show_a_certificate(prod: list[Manifest]):
    (gateway,) = of_kind(prod, "Gateway")
    shown = gateway["spec"]["tls"]["backend"]["clientCertificateRef"]["name"]
    (certificate,) = [
        each for each in of_kind(prod, "Certificate") if each["spec"]["secretName"] == shown
    ]

    assert certificate["spec"]["usages"] == ["client auth"]
    for service, _, container in workloads(prod):
        given = environment(prod, container)
        assert given["TLS_CLIENT_CA_FILE"] == given["TLS_CA_FILE"], service
        certificate = named(prod, "Certificate", service)["spec"]
        assert {"server auth", "client auth"} == set(certificate["usages"]), service
        assert certificate["issuerRef"]["name"] == "authority", service
