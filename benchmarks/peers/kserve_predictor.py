"""(b) A predictor as KServe's documentation shows a custom model.

python -m benchmarks.peers.kserve_predictor --release FOLDER --model_name fraud
"""

import argparse
from pathlib import Path
from typing import Any

from kserve import Model, ModelServer, model_server

from benchmarks.peers.pipeline import Classifier


class Predictor(Model):  # type: ignore[misc]  # KServe ships no types
    """Features to fraud probabilities."""

    def __init__(self, name: str, release: Path) -> None:
        super().__init__(name)
        self._classifier = Classifier(release)
        self.ready = True

    def predict(self, payload: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Probabilities in the order of the instances."""
        del headers
        return {"predictions": self._classifier.probabilities(payload["instances"])}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[model_server.parser], conflict_handler="resolve")
    parser.add_argument("--release", type=Path, required=True)
    args, _ = parser.parse_known_args()
    ModelServer().start([Predictor(args.model_name, args.release)])
