"""The simulator as a program, against a small service that decides, refuses, dawdles and hangs up."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

SCRIPT = Path(__file__).parents[2] / "test_script.py"
Decide = Callable[["Service", dict[str, Any]], None]


class Service(BaseHTTPRequestHandler):
    """Answers `/health` and, as its server's `decide` has it, both routes of predictions."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    connections: ClassVar[set[tuple[str, int]]] = set()

    def do_GET(self) -> None:
        self.answer(200, {"status": "ok", "release": "fraud-0a1b2c3d"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Server)
        self.server.seen.append((self.client_address[1], self.path, body))
        self.server.decide(self, body)

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, decide: Decide) -> None:
        super().__init__(("127.0.0.1", 0), Service)
        self.decide = decide
        self.seen: list[tuple[int, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(decide: Decide) -> Iterator[Server]:
    with Server(decide) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def decision(transaction: dict[str, Any]) -> dict[str, Any]:
    word = "block" if transaction["amt"] > 500 else "review" if transaction["amt"] > 100 else "approve"
    return {
        "decision": word,
        "prediction": "fraudulent" if word == "block" else "non-fraudulent",
        "fraud_probability": 0.5,
        "transaction_id": transaction["transaction_id"],
    }


def well(service: Service, body: dict[str, Any]) -> None:
    if "transactions" in body:
        service.answer(200, {"predictions": [decision(each) for each in body["transactions"]]})
    else:
        service.answer(200, decision(body))


@pytest.fixture
def traffic(tmp_path: Path) -> Path:
    """40 payments: frauds of 1000 and of 5, genuine ones of 50 and of 300."""
    path = tmp_path / "traffic.csv"
    rows = ["1000,1,2,misc_net,1", "5,1,2,misc_net,1", "50,1,2,home,0", "300,1,2,home,0"]
    path.write_text("\n".join(["amt,hour,day_of_week,category,is_fraud", *rows * 10, ""]))
    return path


def run(url: str, traffic: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--data", str(traffic), *arguments],
        capture_output=True,
        text=True,
        env={"BASE_URL": url, "PATH": os.environ["PATH"]},
        check=False,
        timeout=240,
    )


def test_a_run_reports_decisions_confusion_and_money(traffic: Path) -> None:
    with serving(well) as server:
        done = run(server.url, traffic, "--num_requests", "40", "--delay", "0.001", "--concurrency", "4")
    assert (done.returncode, "\x1b" in done.stdout) == (0, False)
    assert "40 of 40 requests sent in " in done.stdout
    assert "  block                          10   25.0 %         0      10      10,000.00" in done.stdout
    assert "  fraud                            10               10" in done.stdout
    assert "  fraud missed                   10       50.00          0.5 %" in done.stdout
    assert done.stderr.startswith(f"Sending to {server.url} (release fraud-0a1b2c3d)\n")
    assert "40 of 40 requests, " in done.stderr


def test_the_service_never_sees_the_truth_and_each_thread_keeps_its_connection(traffic: Path) -> None:
    with serving(well) as server:
        assert run(server.url, traffic, "--num_requests", "60", "--concurrency", "3").returncode == 0
        seen = server.seen
    assert {frozenset(body) for _, _, body in seen} == {
        frozenset({"amt", "hour", "day_of_week", "category", "transaction_id"})
    }
    assert len({body["transaction_id"] for _, _, body in seen}) == 60
    assert len({port for port, _, _ in seen}) <= 3


def test_the_same_seed_sends_the_same_payments(traffic: Path) -> None:
    with serving(well) as server:
        for seed in ("7", "7", "8"):
            run(server.url, traffic, "--num_requests", "20", "--seed", seed)
        amounts = [body["amt"] for _, _, body in server.seen]
    assert amounts[:20] == amounts[20:40]
    assert amounts[:20] != amounts[40:]


def test_batches_go_to_their_own_route(traffic: Path) -> None:
    with serving(well) as server:
        done = run(server.url, traffic, "--num_requests", "4", "--batch", "10", "-o", "json")
        assert [(path, len(body["transactions"])) for _, path, body in server.seen] == [
            ("/predict/batch", 10)
        ] * 4
    figures = json.loads(done.stdout)
    assert (done.returncode, figures["requests"], figures["payments"]) == (0, 4, 40)
    assert figures["confusion"] == {
        "true_positive": 10,
        "false_negative": 10,
        "false_positive": 0,
        "true_negative": 20,
    }


def failing(service: Service, body: dict[str, Any]) -> None:
    """A different fault for each amount."""
    if body["amt"] == 1000:
        service.answer(503, {"error": "Too many requests.", "code": "overloaded", "details": []})
    elif body["amt"] == 5:
        service.answer(200, {"hello": "world"})
    elif body["amt"] == 50:
        service.answer(200, decision(body) | {"transaction_id": "another"})
    else:
        service.close_connection = True  # without a word


def test_failures_are_counted_by_kind_with_an_example_each(traffic: Path) -> None:
    with serving(failing) as server:
        done = run(server.url, traffic, "--num_requests", "40")
    assert done.returncode == 1
    for line in (
        "10 x 503 overloaded: Too many requests.",
        '10 x unreadable answer: {"hello": "world"}',
        "10 x wrong answer: the answer names other transactions than the request",
        "10 x connection closed: Remote end closed connection without response",
    ):
        assert line in done.stdout
    assert "40 failed" in done.stdout
    assert "Latency" not in done.stdout


def test_an_answer_that_never_comes_is_given_up(traffic: Path) -> None:
    release = threading.Event()

    def never(_service: Service, _body: dict[str, Any]) -> None:
        release.wait(300)

    with serving(never) as server:
        done = run(server.url, traffic, "--num_requests", "2", "--concurrency", "2", "--timeout", "0.2")
        release.set()
    assert done.returncode == 1
    assert "2 x timed out: timed out" in done.stdout


def hang_up_after_each(service: Service, body: dict[str, Any]) -> None:
    """Close the connection after the answer without saying so, as an idle limit does."""
    well(service, body)
    service.close_connection = True


def test_a_connection_that_was_closed_while_idle_is_no_failure(traffic: Path) -> None:
    with serving(hang_up_after_each) as server:
        done = run(server.url, traffic, "--num_requests", "20", "--delay", "0.01")
        assert len(server.seen) == 20
    assert (done.returncode, "0 failed" in done.stdout) == (0, True)


def test_an_unreachable_service_is_reported_with_the_remedy(traffic: Path) -> None:
    with Server(well) as server:
        url = server.url
    done = run(url, traffic)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"error: no service at {url} (connection refused). "
        "Start one with `make demo` or `make serve`, or set BASE_URL to where it runs.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--num_requests", "0"), "argument --num_requests: must be a whole number from 1 on"),
        (("--delay", "-1"), "argument --delay: must be seconds from 0 on"),
        (("--delay", "nan"), "argument --delay: must be seconds from 0 on"),
        (("--concurrency", "many"), "argument --concurrency: must be a whole number from 1 on"),
        (("--speed", "9"), "unrecognized arguments: --speed 9"),
        (("--data", "nowhere.csv"), "error: no payments at nowhere.csv."),
    ],
    ids=["count", "delay", "nan", "word", "unknown", "data"],
)
def test_usage_errors(traffic: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run("http://127.0.0.1:1", traffic, *arguments)
    assert (done.returncode, message in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_an_invalid_address_is_reported(traffic: Path) -> None:
    done = run("localhost:9090", traffic)
    assert done.returncode == 2
    assert "BASE_URL: 'localhost:9090' is no base URL such as http://localhost:9090" in done.stderr


def test_ctrl_c_reports_what_was_sent(traffic: Path) -> None:
    enough = threading.Event()

    def counting(service: Service, body: dict[str, Any]) -> None:
        well(service, body)
        assert isinstance(service.server, Server)
        if len(service.server.seen) >= 5:
            enough.set()

    command = [sys.executable, "-I", "-S", str(SCRIPT), "--data", str(traffic)]
    with (
        serving(counting) as server,
        subprocess.Popen(
            [*command, "--num_requests", "40", "--delay", "1", "--concurrency", "5", "-o", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"BASE_URL": server.url},
        ) as process,
    ):
        assert enough.wait(300)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    figures = json.loads(out)
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert (figures["planned"], 5 <= figures["requests"] < 40, figures["failed"]) == (40, True, 0)
