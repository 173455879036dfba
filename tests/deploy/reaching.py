"""Who may reach whom, as NetworkPolicies are read: who is chosen by one is closed but for rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.deploy.rendering import Manifest, of_kind

HERE = "contact-center"
OF_NAMESPACE = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A pod, by what policies see of it; one without a namespace is outside of the cluster."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: str = HERE
    ports: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Door:
    """A port that a place listens on."""

    place: Place
    protocol: str
    port: int


class Reach:
    """The policies of one namespace."""

    def __init__(self, manifests: list[Manifest]) -> None:
        self._policies = [each["spec"] for each in of_kind(manifests, "NetworkPolicy")]
        self._policies += _of_strimzi(manifests)

    def may(self, source: Place, door: Door) -> bool:
        """Whether neither the one's policies nor the other's are against it."""
        leaves = self._lets(source, "Egress", "to", door.place, door)
        return leaves and self._lets(door.place, "Ingress", "from", source, door)

    def _lets(self, whose: Place, way: str, word: str, other: Place, door: Door) -> bool:
        if whose.namespace != HERE:
            return True
        chosen = [
            policy
            for policy in self._policies
            if way in policy["policyTypes"] and _matches(policy["podSelector"], whose.labels)
        ]
        rules = [rule for policy in chosen for rule in policy.get(way.lower(), [])]
        return not chosen or any(
            _has_port(rule.get("ports"), door) and _has_peer(rule.get(word), other)
            for rule in rules
        )


def _of_strimzi(manifests: list[Manifest]) -> Iterator[Any]:
    """Yield what the operator makes of each listener of the brokers."""
    for kafka in of_kind(manifests, "Kafka"):
        labels = {"strimzi.io/cluster": kafka["metadata"]["name"], "strimzi.io/kind": "Kafka"}
        for listener in kafka["spec"]["kafka"]["listeners"]:
            ports = [{"protocol": "TCP", "port": listener["port"]}]
            yield {
                "podSelector": {"matchLabels": labels},
                "policyTypes": ["Ingress"],
                "ingress": [{"from": listener["networkPolicyPeers"], "ports": ports}],
            }


def _matches(selector: Any, labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True


def _has_port(ports: Iterable[Any] | None, door: Door) -> bool:
    if ports is None:
        return True
    for each in ports:
        low = each["port"]
        if isinstance(low, str):
            named = door.place.ports.get(low)
            low = named[1] if named else -1
        if each["protocol"] == door.protocol and low <= door.port <= each.get("endPort", low):
            return True
    return False


def _has_peer(peers: Iterable[Any] | None, place: Place) -> bool:
    if peers is None:
        return True
    for peer in peers:
        assert set(peer) <= {"podSelector", "namespaceSelector"}, peer
        if not place.namespace:
            continue
        where = {OF_NAMESPACE: place.namespace}
        in_namespace = (
            _matches(peer["namespaceSelector"], where)
            if "namespaceSelector" in peer
            else place.namespace == HERE
        )
        if in_namespace and _matches(peer.get("podSelector", {}), place.labels):
            return True
    return False
