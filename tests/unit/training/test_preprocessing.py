"""Keeping the preprocessor: without pickle, in equal bytes, and the same after reading."""

import os
import subprocess
import sys

import skops.io

from fraud_training.preprocessing.preprocessor import INPUTS, dumps, loads, new_preprocessor, sklearn_features
from fraud_training.preprocessing.proof import UNKNOWN_NAMES
from support.artifacts.transactions import transactions

ROWS = transactions(500)[list(INPUTS)]

PRINT_DIGEST = """
import hashlib
from fraud_training.preprocessing.preprocessor import INPUTS, dumps, new_preprocessor
from support.artifacts.transactions import transactions
print(hashlib.sha256(dumps(new_preprocessor().fit(transactions(500)[list(INPUTS)]))).hexdigest())
"""


def test_nothing_in_the_archive_needs_trust() -> None:
    assert skops.io.get_untrusted_types(data=dumps(new_preprocessor().fit(ROWS))) == []


def test_what_is_read_transforms_as_what_was_kept() -> None:
    preprocessor = new_preprocessor().fit(ROWS)
    asked = ROWS.assign(category=[(*ROWS["category"][:-4], *UNKNOWN_NAMES)[i] for i in range(len(ROWS))])
    expected = sklearn_features(preprocessor, asked)
    assert expected.tobytes() == sklearn_features(loads(dumps(preprocessor)), asked).tobytes()


def test_two_processes_keep_equal_preprocessors_in_equal_bytes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
