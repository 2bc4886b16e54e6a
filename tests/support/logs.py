"""What a process logged, as lines of JSON."""

import json
from typing import Any

from support.processes import Process


def logged(process: Process) -> str:
    """All that it logged, after its end."""
    process.popen.terminate()
    return process.popen.communicate(timeout=300)[1]


def of_requests(text: str) -> list[dict[str, Any]]:
    """The lines of a log that tell of requests."""
    lines = [json.loads(line) for line in text.splitlines()]
    return [line for line in lines if line["logger"] == "fraud_transformer.requests"]


def request_lines(process: Process) -> list[dict[str, Any]]:
    """What the log told of requests, after the end of the process."""
    return of_requests(logged(process))
