"""Pod Security "restricted", and what this project asks of pods beyond it."""

from collections.abc import Iterator
from typing import Final

from helm.render import Object

_VOLUMES: Final = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SECCOMP: Final = frozenset({"RuntimeDefault", "Localhost"})
_UNSAFE_HOST: Final = ("hostNetwork", "hostPID", "hostIPC")


def violations(pod: Object) -> list[str]:
    """What the admission controller would refuse, and what the project's own rules do."""
    spec = pod["spec"]
    return [*_of_pod(spec), *(found for each in containers(spec) for found in _of_container(spec, each))]


def containers(spec: Object) -> list[Object]:
    """All containers of a pod."""
    return [*spec.get("initContainers", []), *spec["containers"]]


def _of_pod(spec: Object) -> Iterator[str]:
    yield from (name for name in _UNSAFE_HOST if spec.get(name))
    for volume in spec.get("volumes", []):
        if not _VOLUMES & volume.keys():
            yield f"volume {volume['name']}"
    if spec.get("automountServiceAccountToken") is not False:
        yield "a token is mounted"
    if spec.get("enableServiceLinks") is not False:
        yield "names of Services become variables"


def _of_container(spec: Object, container: Object) -> Iterator[str]:
    name, pod, own = container["name"], spec.get("securityContext", {}), container.get("securityContext", {})
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name}: privilege escalation"
    if own.get("privileged"):
        yield f"{name}: privileged"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name}: capabilities"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield f"{name}: may run as root"
    if own.get("runAsUser", pod.get("runAsUser")) == 0:
        yield f"{name}: runs as root"
    if own.get("seccompProfile", pod.get("seccompProfile", {})).get("type") not in _SECCOMP:
        yield f"{name}: seccomp"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield f"{name}: host port"
    if own.get("readOnlyRootFilesystem") is not True:
        yield f"{name}: writable root"
    if not container.get("resources", {}).get("limits"):
        yield f"{name}: no limits"
