"""`python -m cluster.deploy`: the chart, and the release that is in production, on the cluster of KUBECONFIG.

With a W&B key in the environment or `.env` the release comes from there; without one a wandb_local runs in
the cluster, and a quickly trained release is published to it first. Calling it again changes what is new.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from cluster.tools import tool
from fraud_contract.errors import FraudError, NotInRegistry, SettingsError
from fraud_local.person import person
from fraud_registry.access.account import API_KEY, Account, read_account
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.publishing.promote import promote
from fraud_registry.publishing.publish import publish
from fraud_registry.records.metadata import with_digest
from fraud_registry.records.moves import Reason
from fraud_registry.references import ReleasePins
from fraud_training.plan.plan import Plan
from fraud_training.progress import Silent
from fraud_training.train import train

ROOT: Final = Path(__file__).parents[1]
NAME: Final = "fraud-detector"
"""Of the namespace and of Helm's release."""
PRODUCTION: Final = "production"
HOSTED_SECRET: Final = "wandb"  # noqa: S105 - the Secret's name, not what is in it
LOCAL_SECRET: Final = "wandb-local"  # noqa: S105 - same
SECONDS: Final = 300
"""For pods to start; a node may have to fetch images first."""


def deploy() -> str:
    """Name of the release that takes the traffic now.

    Raises:
        SettingsError: the account is not usable as configured, or a command failed.
        RegistryError: W&B refused, is away or holds no release in production.
    """
    hosted = read_account(os.environ, ROOT / ".env")
    _say(f"namespace {NAME}")
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    _apply({"kind": "Namespace", "metadata": {"name": NAME, "labels": labels}})
    pins = _in_production(hosted) if hosted else _published()
    return _release(pins)


def _in_production(account: Account) -> ReleasePins:
    """What is in production at W&B, once the chart knows it."""
    pins = resolve_release(account, PRODUCTION)
    _say(f"chart, with W&B at {account.host}")
    _keep(HOSTED_SECRET, account.api_key)
    registry = {"baseUrl": account.base_url, "existingSecret": HOSTED_SECRET}
    _helm({"wandbLocal": {"enabled": False}, "registry": registry})
    return pins


def _release(pins: ReleasePins) -> str:
    """Add the release, wait for its pods, then give it the traffic."""
    release = f"model-{pins.model.version}-{pins.preprocessor.version}"
    model, preprocessor = str(with_digest(pins.model)), str(with_digest(pins.preprocessor))
    _say(f"release {release}: {model} with {preprocessor}")
    _helm({"releases": {release: {"model": model, "preprocessor": preprocessor}}})
    for component in ("predictor", "transformer"):
        deployment = f"deployment/{NAME}-{release}-{component}"
        _kubectl("wait", "--for=create", deployment, f"--timeout={SECONDS}s")
        _kubectl("rollout", "status", deployment, f"--timeout={SECONDS}s")
    _helm({"stable": release})
    return release


def _published() -> ReleasePins:
    """What is in production in the cluster's own registry; a quick release if nothing is."""
    _say("chart, with a wandb_local in the cluster")
    key = _own_key()
    _helm({"wandbLocal": {"enabled": True}, "registry": {"existingSecret": LOCAL_SECRET}})
    _kubectl("rollout", "status", f"deployment/{NAME}-wandb-local", f"--timeout={SECONDS}s")
    with _forwarded(f"service/{NAME}-wandb-local", 80) as address:
        account = Account(base_url=address, api_key=key, entity="local")
        try:
            return resolve_release(account, PRODUCTION)
        except NotInRegistry:
            _say("a quickly trained release, published there")
        with tempfile.TemporaryDirectory() as folder:
            pins = publish(account, train(Plan.quick(), Path(folder) / "release", Silent()).folder)
        promote(account, pins, Reason(operation="promote", by=person(), why="the first release"))
        return pins


def _own_key() -> SecretStr:
    """The key of the cluster's own registry: the one that is there, else a new one."""
    template = f"go-template={{{{index .data {json.dumps(API_KEY)} | base64decode}}}}"
    found = _kubectl("get", "secret", LOCAL_SECRET, "--ignore-not-found", "--output", template).strip()
    key = SecretStr(found or secrets.token_hex(20))
    _keep(LOCAL_SECRET, key)
    return key


def _keep(name: str, key: SecretStr) -> None:
    _apply({"kind": "Secret", "metadata": {"name": name}, "stringData": {API_KEY: key.get_secret_value()}})


@contextmanager
def _forwarded(target: str, port: int) -> Iterator[str]:
    """Address on this machine of a port in the cluster."""
    with subprocess.Popen(  # noqa: S603 - kubectl, no shell
        [tool("kubectl"), "--namespace", NAME, "port-forward", target, f":{port}"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - asked for with PIPE
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            if found is None:
                raise SettingsError(f"kubectl forwards nothing from {target}. Its own message stands above.")
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            process.terminate()


def _helm(values: dict[str, Any]) -> None:
    """Install or upgrade the chart: `values` on top of those that it has."""
    chart = ROOT / "helm" / "fraud-detector"
    command = ("upgrade", "--install", NAME, str(chart), "--namespace", NAME, "--reset-then-reuse-values")
    _run(tool("helm"), *command, "--values", "-", stdin=json.dumps(values))


def _apply(kubernetes_object: dict[str, Any]) -> None:
    # By standard input: what is in a Secret must not be in a list of processes.
    _kubectl("apply", "--filename", "-", stdin=json.dumps({"apiVersion": "v1", **kubernetes_object}))


def _kubectl(*arguments: str, stdin: str | None = None) -> str:
    return _run(tool("kubectl"), "--namespace", NAME, *arguments, stdin=stdin)


def _run(*command: str, stdin: str | None = None) -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        asked = " ".join((Path(command[0]).name, *command[1:]))
        raise SettingsError(f"{asked}: {done.stderr.strip() or 'failed'}")
    return done.stdout


def _say(text: str) -> None:
    print(f"==> {text}", flush=True)  # noqa: T201 - the program's output


def main() -> int:
    """Deploy; the exit code."""
    try:
        release = deploy()
    except FraudError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201 - the program's output
        return 1
    _say(f"{NAME}-{release} takes the traffic; `helm test {NAME} --namespace {NAME} --logs` sends some")
    return 0


if __name__ == "__main__":
    sys.exit(main())
