"""Sends real transactions, as callers do; exit status 0 means that every answer was a decision."""  # noqa: INP001 - mounted into a pod

import json
import os
import sys
import urllib.request
from typing import Any

URL = os.environ["URL"].rstrip("/")
CATEGORIES = ("grocery_pos", "shopping_net", "misc_net", "gas_transport", "travel")
TRANSACTIONS = [
    {"amt": 12.5 * (number + 1), "hour": number % 24, "day_of_week": number % 7, "category": category}
    for number, category in enumerate(CATEGORIES * 5)
]
TENSORS = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
TOLERANCE = 1e-6
# The service is in this cluster: never through a proxy.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
    """The JSON answer; an error status raises."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, data, headers)  # noqa: S310 - the chart's own address
    with DIRECT.open(request, timeout=10) as response:
        return json.load(response)


def probability(answer: dict[str, Any]) -> float:
    """Of the answer, if it is a decision; else the test has failed."""
    score: float = answer["fraud_probability"]
    if answer["decision"] not in {"approve", "review", "block"} or not 0 <= score <= 1:
        sys.exit(f"error: {answer} is no decision")
    return score


def tensor(name: str) -> dict[str, object]:
    """One field of all transactions in the Open Inference Protocol."""
    values = [transaction[name] for transaction in TRANSACTIONS]
    return {"name": name, "datatype": TENSORS[name], "shape": [len(values)], "data": values}


def open_inference() -> list[float]:
    """Probabilities by the Open Inference Protocol."""
    outputs = ask("/v2/models/fraud/infer", {"inputs": [tensor(name) for name in TENSORS]})["outputs"]
    return next(each["data"] for each in outputs if each["name"] == "fraud_probability")


def main() -> None:
    """Ask by every route; all must give the same probabilities."""
    release = ask("/health")["release"]
    one_by_one = [probability(ask("/predict/", transaction)) for transaction in TRANSACTIONS]
    batch = ask("/predict/batch", {"transactions": TRANSACTIONS})
    v1 = ask("/v1/models/fraud:predict", {"instances": TRANSACTIONS})
    together = [[probability(answer) for answer in each["predictions"]] for each in (batch, v1)]
    for scores in (*together, open_inference()):
        if any(abs(a - b) > TOLERANCE for a, b in zip(one_by_one, scores, strict=True)):
            sys.exit("error: two routes give different probabilities for the same transaction")
    sys.stdout.write(f"{release}: {4 * len(TRANSACTIONS)} decisions by four routes\n")


if __name__ == "__main__":
    main()
