"""Who may talk to whom, evaluated from NetworkPolicies as Kubernetes defines them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from helm.render import Object


@dataclass(frozen=True)
class Party:
    """A pod in its namespace; or an address outside, which has no labels."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    address: str = ""

    @classmethod
    def of(cls, pod: Object) -> "Party":
        """The pod as a party."""
        about = pod["metadata"]
        return cls(about["name"], about["namespace"], about["labels"])


@dataclass(frozen=True)
class Port:
    """Where a connection goes to."""

    number: int
    protocol: str = "TCP"


def may_talk(source: Party, target: Party, port: Port, objects: Iterable[Object]) -> bool:
    """Whether a connection from `source` to that port of `target` passes both sides' policies."""
    policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
    leaves, enters = _rules(policies, source, "Egress"), _rules(policies, target, "Ingress")
    return (leaves is None or _allowed(leaves, "to", target, port, source.namespace)) and (
        enters is None or _allowed(enters, "from", source, port, target.namespace)
    )


def _rules(policies: list[Object], own: Party, direction: str) -> list[Object] | None:
    """What applies to a party in that direction; None where nothing does, and all is allowed."""
    applying = [each["spec"] for each in policies if own.labels and _applies(each, own, direction)]
    return [rule for spec in applying for rule in spec.get(direction.lower()) or []] if applying else None


def _applies(policy: Object, own: Party, direction: str) -> bool:
    spec = policy["spec"]
    same = policy["metadata"]["namespace"] == own.namespace
    return same and direction in spec["policyTypes"] and selects(spec["podSelector"], own.labels)


def _allowed(rules: list[Object], side: str, other: Party, port: Port, home: str) -> bool:
    return any(_port_fits(rule, port) and _peer_fits(rule.get(side), other, home) for rule in rules)


def _port_fits(rule: Object, port: Port) -> bool:
    ports = rule.get("ports")
    return not ports or any(
        (each["port"], each["protocol"]) == (port.number, port.protocol) for each in ports
    )


def _peer_fits(peers: list[Object] | None, other: Party, home: str) -> bool:
    return not peers or any(_is_peer(peer, other, home) for peer in peers)


def _is_peer(peer: Object, other: Party, home: str) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return (
            bool(other.address)
            and _within(other.address, block["cidr"])
            and not any(_within(other.address, each) for each in block.get("except", []))
        )
    if other.address:
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
            return False
    elif other.namespace != home:
        return False
    return selects(peer.get("podSelector", {}), other.labels)


def _within(address: str, network: str) -> bool:
    return ip_address(address) in ip_network(network)


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector means these labels."""
    exact = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return exact and all(_holds(each, labels) for each in selector.get("matchExpressions") or [])


def _holds(expression: Object, labels: dict[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", [])
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }[str(expression["operator"])]
