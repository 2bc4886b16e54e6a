"""(e) A limit: stock KServe answering a constant over REST v1.

python -m benchmarks.peers.kserve_constant --model_name fraud
"""

from typing import Any

from kserve import Model, ModelServer, model_server


class Constant(Model):  # type: ignore[misc]  # KServe ships no types
    """Knows the answer before it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.ready = True

    def predict(self, payload: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        """The constant."""
        del payload, headers
        return {"predictions": [0.03]}


if __name__ == "__main__":
    args, _ = model_server.parser.parse_known_args()
    ModelServer().start([Constant(args.model_name)])
