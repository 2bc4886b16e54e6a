"""Triton's gRPC client in a process of its own, since its messages and KServe's have the same names.

`python triton_grpc.py ADDRESS < rows.json` prints what it was told, as one JSON object.
"""

import json
import sys
from typing import Any

import numpy as np
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput, InferResult
from tritonclient.utils import InferenceServerException

COLUMNS = {
    "amt": ("FP64", np.float64),
    "hour": ("INT64", np.int64),
    "day_of_week": ("INT64", np.int64),
    "category": ("BYTES", np.object_),
}


def inputs(rows: list[dict[str, Any]]) -> list[InferInput]:
    tensors = []
    for name, (datatype, dtype) in COLUMNS.items():
        tensors.append(InferInput(name, [len(rows)], datatype))
        tensors[-1].set_data_from_numpy(np.array([row[name] for row in rows], dtype))
    return tensors


def outputs(result: InferResult, *names: str) -> dict[str, list[Any]]:
    values = {name: result.as_numpy(name).tolist() for name in names}
    return {
        name: [each.decode() if isinstance(each, bytes) else each for each in column]
        for name, column in values.items()
    }


def refusal(client: InferenceServerClient, call: str, *arguments: object, version: str) -> list[str]:
    """Status and message of a refused call."""
    try:
        getattr(client, call)(*arguments, model_version=version)
    except InferenceServerException as error:
        return [str(error.status()), str(error.message())]
    return ["answered", ""]


def main() -> None:
    rows = json.load(sys.stdin)
    with InferenceServerClient(sys.argv[1]) as client:
        version = client.get_model_metadata("fraud", as_json=True)["versions"][0]
        named = client.infer(
            "fraud",
            inputs(rows),
            model_version=version,
            outputs=[InferRequestedOutput("fraud_probability")],
            request_id="b8",
            parameters={"caller": "a test"},
        )
        explained = client.infer("fraud", inputs(rows), parameters={"explain": True})
        told = named.get_response()
        print(  # noqa: T201 - this is what the process is for
            json.dumps(
                {
                    "live": client.is_server_live(),
                    "ready": [client.is_server_ready(), client.is_model_ready("fraud", version)],
                    "server": client.get_server_metadata(as_json=True),
                    "model": client.get_model_metadata("fraud", version, as_json=True),
                    "id": told.id,
                    "model_version": told.model_version,
                    "outputs": outputs(named, *(each.name for each in told.outputs)),
                    "all_outputs": outputs(
                        explained, *(each.name for each in explained.get_response().outputs)
                    ),
                    "refusals": {
                        "infer": refusal(client, "infer", "fraud", inputs(rows), version="9"),
                        "ready": refusal(client, "is_model_ready", "fraud", version="9"),
                        "metadata": refusal(client, "get_model_metadata", "fraud", version="9"),
                        "other model": refusal(client, "get_model_metadata", "iris", version=""),
                    },
                }
            )
        )


if __name__ == "__main__":
    main()
