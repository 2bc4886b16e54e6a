"""A client that is generated from the OpenAPI document, with default settings, calls the service."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from support.processes import Process

PACKAGE = "generated_fraud_client"


@pytest.fixture(scope="module")
def generated(standalone: Process, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package that openapi-python-client makes of what the service tells of itself."""
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    document.write_bytes(httpx.get(f"{standalone.url}/openapi.json").content)
    generator = Path(sys.executable).with_name("openapi-python-client")
    arguments = ["generate", "--path", document, "--output-path", folder / PACKAGE, "--meta", "none"]
    made = subprocess.run(
        [str(each) for each in (generator, *arguments)], capture_output=True, text=True, check=True
    )
    # The one thing that it does not know is NDJSON; any other warning is of an operation that it left out.
    assert ["WARNING parsing POST /predict/batch within default."] == [
        line for line in (made.stdout + made.stderr).splitlines() if line.startswith(("WARNING", "ERROR"))
    ]
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))
    for name in [each for each in sys.modules if each.startswith(PACKAGE)]:
        del sys.modules[name]


def test_it_decides_explains_and_reads_refusals(generated: ModuleType, standalone: Process) -> None:
    models = importlib.import_module(f"{PACKAGE}.models")
    predict, predict_batch, explain, infer = (
        importlib.import_module(f"{PACKAGE}.api.default.{name}")
        for name in ("predict", "predict_batch", "v_1_explain", "v_2_infer")
    )
    with generated.Client(base_url=standalone.url) as client:
        payment = models.Transaction(amt=245.5, hour=14, day_of_week=3, category="travel")

        answer = predict.sync(client=client, body=payment, explain=True)
        assert answer.decision.value in {"approve", "review", "block"}
        assert 4 == len(answer.explanation.reasons)
        many = predict_batch.sync(client=client, body=models.Batch(transactions=[payment, payment]))
        assert [answer.fraud_probability] * 2 == [each.fraud_probability for each in many.predictions]
        explained = explain.sync(client=client, body=models.Instances(instances=[payment]))
        assert answer == explained.predictions[0]

        inputs = [
            models.InputTensor(models.InputTensorName(name), models.InputTensorDatatype(kind), [1], [value])
            for name, kind, value in (
                ("amt", "FP64", 245.5), ("hour", "INT64", 14), ("day_of_week", "INT64", 3),
                ("category", "BYTES", "travel"),
            )
        ]  # fmt: skip
        outputs = infer.sync(client=client, body=models.InferRequest(inputs=inputs)).outputs
        assert [answer.fraud_probability] == outputs[0].data

        wrong = models.Transaction(amt=0, hour=14, day_of_week=3, category="travel")
        refused = predict.sync_detailed(client=client, body=wrong)
        assert (422, "invalid") == (refused.status_code, refused.parsed.code)


def test_each_operation_has_an_id_of_its_own(standalone: Process) -> None:
    document = json.loads(httpx.get(f"{standalone.url}/openapi.json").content)
    ids = [each["operationId"] for item in document["paths"].values() for name, each in item.items()
           if name in {"get", "post"}]  # fmt: skip
    assert sorted(set(ids)) == sorted(ids)
