"""The preprocessor: the fitted ColumnTransformer, what it answers, and how it is kept."""

import io
import json
import warnings
import zipfile
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

INPUTS: Final = ("amt", "hour", "day_of_week", "category")
"""The columns a preprocessor is fitted on, in this order."""
_TRUSTED: Final = ["numpy.dtype"]
"""Some steps remember the type of what they were fitted on; making a dtype runs no code of the archive."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip archive can hold; any fixed one would do."""


def new_preprocessor() -> ColumnTransformer:
    """An unfitted ColumnTransformer: amount standardised, clock as it is, category one-hot.

    Trees ask only for order, so hour and day need no scaling, and stay readable in an explanation.
    An unknown category is a row of zeros, which training teaches (see `masking`).
    """
    return ColumnTransformer(
        [
            ("amount", StandardScaler(), ["amt"]),
            ("clock", "passthrough", ["hour", "day_of_week"]),
            ("merchant", OneHotEncoder(handle_unknown="ignore"), ["category"]),
        ],
        verbose_feature_names_out=False,
    )


def dense(output: object) -> npt.NDArray[Any]:
    """What a transformer returned (array, sparse matrix or DataFrame), as an array."""
    to_array = getattr(output, "toarray", None)  # what sparse matrices have
    return np.asarray(to_array() if to_array else output)


def sklearn_features(preprocessor: ColumnTransformer, frame: pd.DataFrame) -> npt.NDArray[np.float32]:
    """The features as scikit-learn computes them: the truth that compiled features must equal."""
    with warnings.catch_warnings():
        # An encoder may say that it met an unknown category; here that is part of the question.
        warnings.filterwarnings("ignore", message="Found unknown categories")
        return dense(preprocessor.transform(frame)).astype(np.float32)


def dumps(preprocessor: ColumnTransformer) -> bytes:
    """The preprocessor as a skops archive; equal preprocessors give equal bytes.

    skops numbers objects by their address and stamps entries with the time of day. Both are replaced, so
    that training twice gives one digest.
    """
    archive = zipfile.ZipFile(io.BytesIO(skops.io.dumps(preprocessor)))
    schema = json.loads(archive.read("schema.json"))
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}
    _renumber(schema, numbers, files)
    entries = {new: archive.read(old) for old, new in files.items()}
    entries["schema.json"] = json.dumps(schema, indent=1).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as result:
        for name, content in sorted(entries.items()):
            result.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _renumber(node: object, numbers: dict[int, int], files: dict[str, str]) -> None:
    """Replace addresses by ordinals, throughout the tree; equal addresses stay equal."""
    if isinstance(node, list):
        for each in node:
            _renumber(each, numbers, files)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "__id__":
            node[key] = numbers.setdefault(value, len(numbers))
        elif key == "file":
            node[key] = files.setdefault(value, f"{len(files)}.npy")
        else:
            _renumber(value, numbers, files)


def loads(content: bytes) -> ColumnTransformer:
    """The preprocessor in a skops archive; no types but those that skops trusts, and numpy's, are made."""
    return skops.io.loads(content, trusted=_TRUSTED)
