"""(b) A transformer as KServe's documentation shows it, asking its predictor over REST v1.

python -m benchmarks.peers.kserve_transformer --release FOLDER --model_name fraud --predictor_host HOST:PORT
"""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
from kserve import Model, ModelServer, model_server

from benchmarks.peers.pipeline import load_preprocessor


class Transformer(Model):  # type: ignore[misc]  # KServe ships no types
    """Transactions to features."""

    def __init__(self, name: str, release: Path) -> None:
        super().__init__(name)
        self._preprocessor = load_preprocessor(release)
        self.ready = True

    def preprocess(self, payload: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        """What the predictor takes."""
        del headers
        frame = pd.DataFrame(payload["instances"])
        return {"instances": self._preprocessor.transform(frame).tolist()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[model_server.parser], conflict_handler="resolve")
    parser.add_argument("--release", type=Path, required=True)
    args, _ = parser.parse_known_args()
    ModelServer().start([Transformer(args.model_name, args.release)])
