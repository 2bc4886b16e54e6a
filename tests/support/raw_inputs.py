"""Inference requests whose inputs are raw bytes behind a JSON head."""

import json
from collections.abc import Mapping


def raw_request(
    raw: Mapping[str, tuple[str, bytes]], rows: int, **parameters: object
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request for `rows`; `raw` has each input's datatype and content by its name."""
    inputs = [
        {
            "name": name,
            "datatype": datatype,
            "shape": [rows],
            "parameters": {"binary_data_size": len(content)},
        }
        for name, (datatype, content) in raw.items()
    ]
    head = json.dumps({"inputs": inputs, "parameters": parameters}).encode()
    headers = {"content-type": "application/octet-stream", "inference-header-content-length": str(len(head))}
    return head + b"".join(content for _, content in raw.values()), headers
