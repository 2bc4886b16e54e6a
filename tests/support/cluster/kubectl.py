"""A real cluster, by kubectl: whatever KUBECONFIG names."""

import contextlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from support import waiting

_BINARIES: Final = Path(__file__).parents[3] / ".cache" / "bin"
_FORWARDED: Final = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")

Object = dict[str, Any]


def binary(name: str) -> str:
    """The project's own copy of a command-line tool, else the one on the PATH."""
    own = _BINARIES / name
    return str(own) if own.exists() else name


def run(*command: str, stdin: str | None = None) -> str:
    """What a command prints; an `AssertionError` with what it says where it fails."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Namespace:
    """One namespace of the cluster."""

    name: str

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """`kubectl` in this namespace."""
        return run(binary("kubectl"), "--namespace", self.name, *arguments, stdin=stdin)

    def create(self) -> None:
        """Make it, with Pod Security `restricted` enforced."""
        labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
        self.apply({"kind": "Namespace", "metadata": {"name": self.name, "labels": labels}})

    def delete(self) -> None:
        """Remove it with all that is in it."""
        self.kubectl("delete", "namespace", self.name, "--ignore-not-found", "--wait", "--timeout=120s")

    def apply(self, *objects: Object) -> None:
        """Apply objects; core `v1` where they name no version."""
        documents = [{"apiVersion": "v1", **each} for each in objects]
        self.kubectl(
            "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
        )

    def secret(self, name: str, **values: str) -> None:
        """Make a Secret, or change it."""
        self.apply({"kind": "Secret", "metadata": {"name": name}, "stringData": values})

    def get(self, kind: str, name: str) -> Object:
        """An object."""
        found: Object = json.loads(self.kubectl("get", kind, name, "--output=json"))
        return found

    def objects(self, kinds: str, selector: str = "") -> list[Object]:
        """Objects of some kinds, by label."""
        found = json.loads(self.kubectl("get", kinds, f"--selector={selector}", "--output=json"))
        items: list[Object] = found["items"]
        return items

    def rolled_out(self, *deployments: str, seconds: int = 180) -> None:
        """Return once all pods of these Deployments are the newest and available."""
        for name in deployments:
            self.appeared("deployment", name)
            self.kubectl("rollout", "status", f"deployment/{name}", f"--timeout={seconds}s")

    def appeared(self, kind: str, name: str, seconds: float = 60) -> None:
        """Return once there is such an object."""
        eventually(lambda: self.get(kind, name), seconds)

    def pods(self, isvc: str, component: str) -> list[Object]:
        """Pods of an InferenceService's component that are not on their way out."""
        found = self.objects("pod", f"serving.kserve.io/inferenceservice={isvc},component={component}")
        return [each for each in found if "deletionTimestamp" not in each["metadata"]]

    @contextlib.contextmanager
    def forwarded(self, target: str, port: int) -> Iterator[str]:
        """Address on this machine of a Service's or pod's port."""
        command = (binary("kubectl"), "--namespace", self.name, "port-forward", target, f":{port}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found = _FORWARDED.search(process.stdout.readline())
            assert found, f"kubectl port-forward {target} ended"
            yield f"http://127.0.0.1:{found[1]}"
            process.terminate()


@contextlib.contextmanager
def foreign_pod(namespace: Namespace, image: str) -> Iterator[Callable[..., str]]:
    """A pod that belongs to nobody; called with a command, it gives what that prints."""
    container = {
        "name": "probe",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", "import signal; signal.pause()"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    security = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {
        "containers": [container],
        "automountServiceAccountToken": False,
        "securityContext": security,
        "terminationGracePeriodSeconds": 0,
    }
    namespace.apply({"kind": "Pod", "metadata": {"name": "probe"}, "spec": spec})
    namespace.kubectl("wait", "--for=condition=Ready", "pod/probe", "--timeout=60s")
    try:
        yield lambda *command: namespace.kubectl("exec", "probe", "--", *command)
    finally:
        namespace.kubectl("delete", "pod", "probe", "--wait", "--timeout=60s")


def eventually[Seen](look: Callable[[], Seen], seconds: float, pause: float = 0.25) -> Seen:
    """What `look` gives once it is true; a command that fails in it is not yet."""
    return waiting.eventually(look, seconds=seconds, pause=pause, not_yet=AssertionError)


@dataclass(frozen=True)
class Chart:
    """The project's chart, installed under one name in one namespace."""

    namespace: Namespace
    name: str
    folder: Path = Path(__file__).parents[3] / "helm" / "fraud-detector"

    def upgrade(self, values: Mapping[str, Any]) -> None:
        """Install, or upgrade to just these values; an `AssertionError` with what Helm says against it."""
        self._helm(
            "upgrade", "--install", self.name, str(self.folder), "--values=-", stdin=json.dumps(values)
        )

    def uninstall(self) -> None:
        """Remove what it made."""
        self._helm("uninstall", self.name, "--wait", "--timeout=120s", "--ignore-not-found")

    def test(self) -> str:
        """What the chart's own test prints."""
        return self._helm("test", self.name, "--logs", "--timeout=120s")

    def _helm(self, *arguments: str, stdin: str | None = None) -> str:
        return run(binary("helm"), "--namespace", self.namespace.name, *arguments, stdin=stdin)
