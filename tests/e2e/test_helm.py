"""The life of an installation by Helm, in order: serve, refuse what is broken, canary, promote, roll back.

Each test leaves the installation with `r1` serving all traffic.
"""

import json
import re
import statistics
import time
from http import HTTPStatus
from typing import Any

import grpc
import httpx
import pytest
import wandb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts import offline
from support.clients.load import tensors
from support.clients.traffic import Traffic, traffic
from support.cluster.installation import ENTITY, GATEWAY, KEY, PROJECT, Installation, answers_from
from support.cluster.kubectl import Namespace, Object, eventually, foreign_pod
from support.figures import figure

PAYMENTS = offline.ROWS[::7]
WHOLE = 3.0
"""Seconds on end with nothing but decisions."""
IN_PLACE = 60.0
"""Seconds for a change of the route to arrive at the proxy."""


def post(path: str, content: object, **headers: str) -> httpx.Response:
    return httpx.post(f"{GATEWAY}{path}", json=content, headers=headers, timeout=30)


def decided(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: each[name] for name in ("fraud_probability", "decision", "prediction")} for each in answers
    ]


def test_the_original_api_answers_as_the_model_does_offline(installation: Installation) -> None:
    expected = installation.releases["r1"].answers()
    answers = [post("/predict/", row) for row in offline.ROWS[::50]]
    assert expected[::50] == decided([each.json() for each in answers])
    assert {"fraud-r1"} == {each.headers["x-fraud-release"] for each in answers}
    health = httpx.get(f"{GATEWAY}/health").json()
    assert ("ok", "fraud-r1", "v0") == (health["status"], health["release"], health["model"]["version"])


def test_every_protocol_answers_as_the_model_does_offline(installation: Installation) -> None:
    expected = installation.releases["r1"].answers()
    rows = post("/predict/batch", {"transactions": offline.ROWS}).json()["predictions"]
    v1 = post("/v1/models/fraud:predict", {"instances": offline.ROWS}).json()["predictions"]
    assert [expected, expected] == [decided(rows), decided(v1)]
    columns = offline.columns(offline.ROWS)
    datatypes = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
    inputs = [
        {"name": name, "datatype": datatype, "shape": [len(offline.ROWS)], "data": columns[name]}
        for name, datatype in datatypes.items()
    ]
    outputs = post("/v2/models/fraud/infer", {"inputs": inputs}).json()["outputs"]
    by_name = {each["name"]: each["data"] for each in outputs}
    assert [each["fraud_probability"] for each in expected] == by_name["fraud_probability"]
    with grpc.insecure_channel(GATEWAY.partition("//")[2]) as channel:
        response = stubs.GRPCInferenceServiceStub(channel).ModelInfer(tensors(), timeout=30)
    assert "fraud-r1" == response.parameters["release"].string_param


def test_the_charts_own_test_sends_transactions(installation: Installation) -> None:
    assert "Succeeded" in installation.chart.test()


def failure(namespace: Namespace, isvc: str) -> str:
    """Why KServe says that a release's model did not load."""
    status = namespace.get("inferenceservice", isvc).get("status", {})
    message: str = status.get("modelStatus", {}).get("lastFailureInfo", {}).get("message", "")
    return message


def test_a_missing_version_keeps_a_release_un_ready_says_why_and_gets_no_weight(
    installation: Installation,
) -> None:
    missing = {
        **installation.releases["r2"].artifacts,
        "model": "wandb://local/fraud-detector/production_model:v99",
    }
    installation.add("missing", missing)
    message = eventually(lambda: failure(installation.namespace, "fraud-missing"), 120)
    assert re.search(r"production_model.*v99", message), message
    with pytest.raises(AssertionError, match='Release "missing" is to get 10 %'):
        installation.upgrade(canary={"name": "missing", "weight": 10})
    assert answers_from("fraud-r1")
    installation.remove("missing")


def test_a_wrong_key_keeps_a_release_un_ready_says_so_and_the_right_one_heals_it(
    installation: Installation,
) -> None:
    installation.namespace.secret("wandb", WANDB_API_KEY="w" * 40)
    installation.add("r2", installation.releases["r2"].artifacts)
    message = eventually(lambda: failure(installation.namespace, "fraud-r2"), 120)
    assert re.search(r"key", message, re.IGNORECASE), message
    assert "w" * 40 not in message
    assert answers_from("fraud-r1")
    installation.namespace.secret("wandb", WANDB_API_KEY="k" * 40)
    installation.wait_for("r2")


def test_a_release_in_the_cluster_does_not_change(installation: Installation) -> None:
    changed = {**installation.values["releases"], "r2": installation.releases["r1"].artifacts}
    with pytest.raises(AssertionError, match=r"releases\.r2 differs from the release of that name"):
        installation.upgrade(releases=changed)


def test_canary_promotion_roll_back_restarts_and_scaling_lose_no_request_and_mix_no_pair(
    installation: Installation,
) -> None:
    namespace = installation.namespace
    before = {each["metadata"]["uid"] for name in ("r1", "r2") for each in pods_of(namespace, name)}
    lost: dict[str, int] = {}
    with traffic(GATEWAY, PAYMENTS) as seen:

        def step(name: str, sent_before: int) -> None:
            lost[name] = len(seen.failed)
            figure(f"requests lost, {name}", f"{lost[name]} of {seen.sent - sent_before}")

        start = seen.sent
        installation.upgrade(canary={"name": "r2", "weight": 10})
        eventually(lambda: seen.releases()["fraud-r2"] > 0, IN_PLACE)
        share_of(seen, "fraud-r2", seconds=12)
        step("canary at 10 %", start)

        start = seen.sent
        installation.upgrade(stable="r2", canary={"name": "", "weight": 0})
        until_only(seen, "fraud-r2")
        step("promotion", start)

        start = seen.sent
        installation.upgrade(stable="r1")
        until_only(seen, "fraud-r1")
        step("roll back", start)

        after = {each["metadata"]["uid"] for name in ("r1", "r2") for each in pods_of(namespace, name)}
        assert before == after, "weights restarted pods"

        start = seen.sent
        restart(namespace, "fraud-r1")
        step("rolling restart of both", start)

        start = seen.sent
        scale(installation, 3)
        eventually(lambda: len(ready(namespace.pods("fraud-r1", "predictor"))) == 3, 120)
        time.sleep(5)
        scale(installation, 1)
        eventually(lambda: len(all_pods(namespace, "predictor")) == 1, 120)
        step("predictor 1 - 3 - 1", start)
        eventually(lambda: seen.sent >= 5_000, 240)
    assert [] == seen.failed
    figure("requests through all transitions", f"{seen.sent}, {len(seen.failed)} failed")
    own = {
        f"fraud-{name}": {each["fraud_probability"] for each in release.answers()[::7]}
        for name, release in installation.releases.items()
    }
    mixed = [
        each.body
        for each in seen.answers
        if each.json()["fraud_probability"] not in own[each.json()["release"]]
    ]
    assert [] == mixed


def image_of(namespace: Namespace) -> str:
    """An image with Python that the cluster has."""
    containers = namespace.get("deployment", "fraud-r1-transformer")["spec"]["template"]["spec"]["containers"]
    return next(str(each["image"]) for each in containers if each["name"] == "kserve-container")


def pods_of(namespace: Namespace, name: str) -> list[Object]:
    return [each for kind in ("transformer", "predictor") for each in namespace.pods(f"fraud-{name}", kind)]


def restart(namespace: Namespace, isvc: str) -> None:
    """Replace all pods of a release, a new one ready before an old one goes."""
    old = {each["metadata"]["name"] for each in pods_of(namespace, isvc.removeprefix("fraud-"))}
    # KServe undoes what `kubectl rollout restart` writes; annotations of its own object reach the pods.
    namespace.kubectl("annotate", "inferenceservice", isvc, f"restarted={time.time():.0f}", "--overwrite")

    def replaced() -> bool:
        pods = [
            each["metadata"]["name"]
            for each in namespace.objects("pod", f"serving.kserve.io/inferenceservice={isvc}")
        ]
        return len(pods) == len(old) and not old.intersection(pods)

    eventually(replaced, 180)


def all_pods(namespace: Namespace, component: str) -> list[Object]:
    """Those on their way out too."""
    return namespace.objects("pod", f"serving.kserve.io/inferenceservice=fraud-r1,component={component}")


def ready(pods: list[Object]) -> list[Object]:
    return [
        pod
        for pod in pods
        if any(
            each["type"] == "Ready" and each["status"] == "True"
            for each in pod["status"].get("conditions", [])
        )
    ]


def scale(installation: Installation, replicas: int, component: str = "predictor") -> None:
    releases = installation.values["releases"]
    installation.upgrade(releases={**releases, "r1": {**releases["r1"], component: {"replicas": replicas}}})


def share_of(seen: Traffic, release: str, seconds: float) -> None:
    """Let traffic flow; of it the canary must get a tenth, within what some hundred requests can show."""
    start = time.monotonic()
    eventually(lambda: time.monotonic() - start > seconds, seconds + 1)
    shares = seen.releases(since=start)
    share = shares[release] / shares.total()
    figure("observed share of a canary at 10 %", f"{share:.1%} of {shares.total()}")
    assert 0.07 < share < 0.13, shares


def until_only(seen: Traffic, release: str) -> None:
    """Return once all traffic of two seconds had one release."""

    def only() -> bool:
        return set(seen.releases(since=time.monotonic() - 2)) == {release}

    eventually(only, IN_PLACE)


def test_the_header_pins_a_release_on_the_internal_listener_only(installation: Installation) -> None:
    namespace = installation.namespace
    pinned = {"x-fraud-release": "fraud-r2"}
    assert "fraud-r1" == post("/predict/", offline.ROWS[0], **pinned).json()["release"]
    script = (
        "import json,sys,urllib.request as u;"
        "r=u.Request(sys.argv[1]+'/health',headers={'x-fraud-release':'fraud-r2'});"
        "print(json.load(u.urlopen(r,timeout=5))['release'])"
    )
    addresses = eventually(
        lambda: namespace.get("gateway", "fraud-internal").get("status", {}).get("addresses"), 60
    )
    address = addresses[0]["value"]
    with foreign_pod(namespace, image_of(namespace)) as probe:
        told = eventually(lambda: probe("python", "-c", script, f"http://{address}").strip(), 30)
    assert "fraud-r2" == told


def test_pods_are_restricted_read_only_and_without_a_token(installation: Installation) -> None:
    namespace = installation.namespace
    write = "open('/written', 'w')"
    token = "import os; print(os.path.exists('/var/run/secrets/kubernetes.io/serviceaccount'), os.getuid())"
    for component in ("transformer", "predictor"):
        [pod] = namespace.pods("fraud-r1", component)
        name = pod["metadata"]["name"]
        with pytest.raises(AssertionError, match="Read-only file system"):
            namespace.kubectl("exec", name, "-c", "kserve-container", "--", "python", "-c", write)
        told = namespace.kubectl("exec", name, "-c", "kserve-container", "--", "python", "-c", token)
        assert "False 10001" == told.strip()
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True


def test_a_foreign_pod_reaches_neither_predictor_nor_admin_port(installation: Installation) -> None:
    namespace = installation.namespace
    [predictor], [transformer] = (namespace.pods("fraud-r1", kind) for kind in ("predictor", "transformer"))
    targets = [
        (predictor["status"]["podIP"], 8081),
        (predictor["status"]["podIP"], 8080),
        (transformer["status"]["podIP"], 9091),
        (transformer["status"]["podIP"], 8080),
    ]
    connect = (
        "import socket,sys\n"
        "for a in sys.argv[1:]:\n"
        " h,p=a.split(':')\n"
        " try: socket.create_connection((h,int(p)),2); print('open')\n"
        " except OSError: print('closed')"
    )
    addresses = [f"{host}:{port}" for host, port in targets]
    with foreign_pod(namespace, image_of(namespace)) as probe:
        assert ["closed"] * 4 == probe("python", "-c", connect, *addresses).split()
    own = namespace.kubectl(
        "exec",
        transformer["metadata"]["name"],
        "-c",
        "kserve-container",
        "--",
        "python",
        "-c",
        connect,
        addresses[0],
    )
    assert "open" == own.strip(), "the transformer itself must reach its predictor"


@pytest.mark.parametrize(("predictors", "back_within"), [(2, 5.0), (1, 60.0)])
def test_with_a_predictor_killed_by_force_answers_stay_ours_until_they_are_whole_again(
    installation: Installation, predictors: int, back_within: float
) -> None:
    namespace = installation.namespace
    scale(installation, predictors)

    def whole() -> bool:
        pods = all_pods(namespace, "predictor")
        return len(ready(pods)) == len(pods) == predictors

    eventually(whole, 120)
    victim = all_pods(namespace, "predictor")[0]["metadata"]["name"]
    with traffic(GATEWAY, PAYMENTS) as seen:
        eventually(lambda: seen.sent > 200, 60)
        killed = time.monotonic()
        namespace.kubectl("delete", "pod", victim, "--grace-period=0", "--force")
        eventually(lambda: time.monotonic() - last_wrong(seen, killed) > WHOLE, 60 + back_within)
    assert [] == seen.lost
    wrong = [each for each in seen.answers if each.status != HTTPStatus.OK]
    assert {"predictor_away", "deadline_exceeded"} >= {each.json()["code"] for each in wrong}
    assert [] == [
        each.body for each in wrong if re.search(rb"198\.|svc|fraud-r1-predictor|Traceback", each.body)
    ]
    back = last_wrong(seen, killed) - killed
    told = f"{len(wrong)} of {seen.sent} answered 503 or 504, {back:.1f} s long"
    figure(f"one of {predictors} predictors killed by force", told)
    assert back <= back_within
    assert predictors > 1 or wrong, "without its only predictor nobody can score"


def last_wrong(seen: Traffic, since: float) -> float:
    """When the last answer without a decision arrived; `since` where there is none after it."""
    return max([since, *(each.at for each in seen.answers if each.status != HTTPStatus.OK)])


def test_a_gateway_that_does_not_learn_of_a_pods_end_loses_requests_and_the_traffic_shows_it(
    installation: Installation,
) -> None:
    """That nothing was lost above says something: here the same traffic sees loss."""
    namespace, controller = installation.namespace, Namespace("envoy-gateway-system")
    scale(installation, 2, "transformer")
    eventually(lambda: len(ready(namespace.pods("fraud-r1", "transformer"))) == 2, 120)
    eventually(lambda: all(answers_from("fraud-r1") for _ in range(20)), 30)
    victim = namespace.pods("fraud-r1", "transformer")[0]["metadata"]["name"]
    with traffic(GATEWAY, PAYMENTS) as seen:
        controller.kubectl("scale", "deployment/envoy-gateway", "--replicas=0")
        try:
            eventually(lambda: not controller.objects("pod", "control-plane=envoy-gateway"), 60)
            namespace.kubectl("delete", "pod", victim, "--wait", "--timeout=60s")
            eventually(lambda: seen.failed, 30)
        finally:
            controller.kubectl("scale", "deployment/envoy-gateway", "--replicas=1")
            controller.rolled_out("envoy-gateway")
        figure("requests lost with the gateway's controller away", f"{len(seen.failed)} of {seen.sent}")
        # A controller that has just started may be late for this pod's end, too.
        scale(installation, 1, "transformer")
        eventually(lambda: len(all_pods(namespace, "transformer")) == 1, 120)
        scaled = time.monotonic()
        eventually(lambda: time.monotonic() - last_wrong(seen, scaled) > WHOLE, 120)


def test_what_the_gateway_adds_to_an_answer(installation: Installation) -> None:
    namespace = installation.namespace
    host = namespace.get("service", "fraud-r1-transformer")["spec"]["clusterIP"]
    addresses = {"through the gateway": GATEWAY, "at the transformer's Service": f"http://{host}"}
    for name, address in addresses.items():
        with httpx.Client(base_url=address, timeout=5) as client:
            try:
                client.get("/health")
            except httpx.TransportError:
                pytest.skip("Services of this cluster cannot be reached from here")
            took = []
            for row in PAYMENTS[:60]:
                start = time.perf_counter()
                client.post("/predict/", content=json.dumps(row)).raise_for_status()
                took.append(time.perf_counter() - start)
                time.sleep(0.03)
        figure(f"latency {name}", f"p50 {statistics.median(took) * 1000:.1f} ms")


TERMINATE = "import os, signal; os.kill(1, signal.SIGTERM)"
HAS_KEY = "import os; print(any('WANDB' in name for name in os.environ))"


def monitored(api: wandb.Api, release: str) -> list[dict[str, Any]]:
    """Rows of a release's monitoring runs, the newest last."""
    api.flush()  # type: ignore[no-untyped-call]  # or it gives what it read before
    runs = [
        run
        for run in api.runs(f"{ENTITY}/{PROJECT}", filters={"jobType": "monitoring"})
        if run.config["release"] == release
    ]
    return sorted((row for run in runs for row in run.scan_history()), key=lambda row: row["_timestamp"])


def whole(namespace: Namespace, name: str) -> bool:
    """Whether a release has two pods of each kind, all ready."""
    return len(pods_of(namespace, name)) == len(ready(pods_of(namespace, name))) == 4


def test_the_monitor_sees_all_pods_of_two_releases_and_outlives_its_own_death_and_theirs(
    installation: Installation,
) -> None:
    namespace, names = installation.namespace, ("r1", "r2")
    two = {"predictor": {"replicas": 2}, "transformer": {"replicas": 2}}
    releases = installation.values["releases"]
    installation.upgrade(releases={name: {**releases[name], **two} for name in names})
    for name in names:
        eventually(lambda name=name: whole(namespace, name), 180)  # type: ignore[misc]
    with namespace.forwarded("service/fraud-wandb-local", 80) as address:
        api = wandb.Api(overrides={"base_url": address}, api_key=KEY, timeout=60)

        def rows() -> list[list[dict[str, Any]]]:
            return [monitored(api, f"fraud-{name}") for name in names]

        def counted() -> list[float]:
            return [sum(row["decisions/total"] for row in each) for each in rows()]

        def end_monitor() -> None:
            """The one that ends delivers all its rows, the next one its first; others wait for minutes."""
            died = time.time()
            namespace.kubectl("exec", monitor, "--", "python", "-c", TERMINATE)
            eventually(lambda: all(each[-1]["_timestamp"] > died for each in rows()), 120, pause=2)

        [monitor] = [
            each["metadata"]["name"]
            for each in namespace.objects("pod", "app.kubernetes.io/component=monitor")
        ]
        end_monitor()
        before = counted()  # with all payments of the tests before
        victim = namespace.pods("fraud-r2", "transformer")[0]["metadata"]["name"]
        namespace.kubectl("delete", "pod", victim, "--grace-period=0", "--force")
        eventually(lambda: whole(namespace, "r2"), 120)
        for name in names:
            host = namespace.get("service", f"fraud-{name}-transformer")["spec"]["clusterIP"]
            for row in PAYMENTS[:20]:  # a connection each, so that both pods get some
                httpx.post(f"http://{host}/predict/", json=row, timeout=30).raise_for_status()
        end_monitor()
        eventually(lambda: counted() == [each + 20 for each in before], 120, pause=2)
        assert [4, 4] == [each[-1]["processes/answering"] for each in rows()]
    pod = namespace.get("pod", monitor)
    assert 2 == pod["status"]["containerStatuses"][0]["restartCount"]
    for name in names:
        for each in pods_of(namespace, name):
            own = each["metadata"]["name"], "-c", "kserve-container"
            assert "False" == namespace.kubectl("exec", *own, "--", "python", "-c", HAS_KEY).strip()
            volumes = json.dumps(each["spec"]["volumes"])
            assert "secret" not in volumes
    single = {"predictor": {"replicas": 1}, "transformer": {"replicas": 1}}
    installation.upgrade(releases={name: {**releases[name], **single} for name in names})


def test_uninstalling_leaves_nothing(installation: Installation) -> None:
    namespace = installation.namespace
    installation.chart.uninstall()
    kinds = (
        "all,inferenceservice,httproute,gateway,networkpolicy,poddisruptionbudget,configmap,"
        "serviceaccount,horizontalpodautoscaler,persistentvolumeclaim,endpointslice"
    )
    kept = {"configmap/kube-root-ca.crt", "serviceaccount/default"}

    def left() -> set[str]:
        found = {f"{each['kind'].lower()}/{each['metadata']['name']}" for each in namespace.objects(kinds)}
        return found - kept

    eventually(lambda: not left(), 120)
    assert "wandb" not in namespace.kubectl("get", "clusterstoragecontainer", "--output=name")
    secrets = [each["metadata"]["name"] for each in namespace.objects("secret")]
    assert ["wandb"] == secrets, "the Secret is the user's, and stays"
