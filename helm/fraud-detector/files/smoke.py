"""Sends real transactions, as callers do; exit status 0 means that every answer was one."""

import json
import os
import sys
import urllib.request

URL = os.environ["URL"].rstrip("/")
TRANSACTIONS = [
    {"amt": 12.5 * (number + 1), "hour": number % 24, "day_of_week": number % 7, "category": category}
    for number, category in enumerate(("grocery_pos", "shopping_net", "misc_net", "gas_transport", "travel") * 5)
]


def ask(path, body=None):
    """The JSON answer; an error status raises."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def check(answer):
    """Fail unless it is a decision."""
    if answer["decision"] not in {"approve", "review", "block"} or not 0 <= answer["fraud_probability"] <= 1:
        sys.exit(f"error: {answer} is no decision")


def tensors():
    """The transactions in the Open Inference Protocol."""
    types = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
    return [
        {"name": name, "datatype": kind, "shape": [len(TRANSACTIONS)], "data": [each[name] for each in TRANSACTIONS]}
        for name, kind in types.items()
    ]


health = ask("/health")
for transaction in TRANSACTIONS:
    check(ask("/predict/", transaction))
batches = (
    ask("/predict/batch", {"transactions": TRANSACTIONS}),
    ask("/v1/models/fraud:predict", {"instances": TRANSACTIONS}),
)
for batch in batches:
    for answer in batch["predictions"]:
        check(answer)
scores = next(
    output["data"]
    for output in ask("/v2/models/fraud/infer", {"inputs": tensors()})["outputs"]
    if output["name"] == "fraud_probability"
)
if not all(abs(score - answer["fraud_probability"]) < 1e-6 for score, answer in zip(scores, batch["predictions"])):
    sys.exit("error: v1 and v2 give different probabilities")
print(f"{health['release']}: {4 * len(TRANSACTIONS)} decisions by four routes")
