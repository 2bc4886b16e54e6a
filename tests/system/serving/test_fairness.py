"""Single payments pass between the chunks of large requests."""

import contextlib
import http.client
import json
from concurrent.futures import ThreadPoolExecutor

from support.clients.load import GOOD
from support.processes import Process

LARGE = json.dumps({"transactions": [GOOD] * 10_000})
SINGLE = json.dumps(GOOD)


def post(client: http.client.HTTPConnection, path: str, body: str) -> int:
    client.request("POST", path, body)
    response = client.getresponse()
    response.read()
    return response.status


def test_several_payments_are_answered_while_one_large_request_is(standalone: Process) -> None:
    def connected() -> contextlib.closing[http.client.HTTPConnection]:
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", standalone.http_port, timeout=300))

    def send_large() -> list[int]:
        with connected() as client:
            return [post(client, "/predict/batch", LARGE) for _ in range(10)]

    single: list[int] = []
    with ThreadPoolExecutor(1) as thread, connected() as client:
        large = thread.submit(send_large)
        while not large.done():
            single.append(post(client, "/predict/", SINGLE))
    assert ({200}, [200] * 10) == (set(single), large.result())
    assert len(single) >= 3 * len(large.result())  # beside one that is worked on as a whole it is one each
