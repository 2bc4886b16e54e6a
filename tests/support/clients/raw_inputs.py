"""Inference requests and answers whose tensors are raw bytes behind a JSON head."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import numpy as np

TENSORS: Final = {"amt": ("FP64", "<f8"), "hour": ("INT64", "<i8"), "day_of_week": ("INT64", "<i8")}
"""Datatype and numpy's name for it of each field of numbers."""


def raw_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, bytes]]:
    """Datatype and raw tensor of each field."""
    raw = {
        name: (datatype, np.asarray([row[name] for row in rows], kind).tobytes())
        for name, (datatype, kind) in TENSORS.items()
    }
    texts = [row["category"].encode() for row in rows]
    return raw | {"category": ("BYTES", b"".join(len(text).to_bytes(4, "little") + text for text in texts))}


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


def raw_outputs(response: httpx.Response) -> dict[str, list[Any]]:
    """The values of each output by its name; all of them are raw."""
    length = int(response.headers["inference-header-content-length"])
    rest, told = response.content[length:], dict[str, list[Any]]()
    for each in json.loads(response.content[:length])["outputs"]:
        size = each["parameters"]["binary_data_size"]
        told[each["name"]], rest = unpacked(each["datatype"], rest[:size]), rest[size:]
    return told


def unpacked(datatype: str, content: bytes) -> list[Any]:
    """The values of a raw tensor."""
    if datatype == "FP32":
        return np.frombuffer(content, "<f4").astype(float).tolist()
    texts = []
    while content:
        end = 4 + int.from_bytes(content[:4], "little")
        texts.append(content[4:end].decode())
        content = content[end:]
    return texts
