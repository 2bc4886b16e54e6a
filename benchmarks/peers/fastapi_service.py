"""(a) The service a data scientist would write first: FastAPI, pydantic, a DataFrame, a pipeline.

python -m benchmarks.peers.fastapi_service RELEASE PORT {sync,async}
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

from benchmarks.peers.pipeline import FraudPipeline

_THRESHOLD: Final = 0.5


class Transaction(BaseModel):
    """A card payment."""

    amt: Annotated[float, Field(gt=0)]
    hour: Annotated[int, Field(ge=0, le=23)]
    day_of_week: Annotated[int, Field(ge=0, le=6)]
    category: str


class Transactions(BaseModel):
    """Card payments."""

    transactions: list[Transaction]


class Prediction(BaseModel):
    """The answer for one payment."""

    prediction: str
    fraud_probability: float


class Predictions(BaseModel):
    """The answers in order."""

    predictions: list[Prediction]


def predict_all(pipeline: FraudPipeline, transactions: Sequence[Transaction]) -> list[Prediction]:
    """The answers for payments."""
    frame = pd.DataFrame([each.model_dump() for each in transactions])
    return [
        Prediction(prediction="fraudulent" if p >= _THRESHOLD else "non-fraudulent", fraud_probability=p)
        for p in pipeline.probabilities(frame)
    ]


def sync_app(pipeline: FraudPipeline) -> FastAPI:
    """Handlers in FastAPI's thread pool."""
    app = FastAPI()

    @app.post("/predict/")
    def predict(transaction: Transaction) -> Prediction:
        return predict_all(pipeline, [transaction])[0]

    @app.post("/predict/batch")
    def predict_batch(batch: Transactions) -> Predictions:
        return Predictions(predictions=predict_all(pipeline, batch.transactions))

    return app


def async_app(pipeline: FraudPipeline) -> FastAPI:
    """Handlers on the event loop."""
    app = FastAPI()

    @app.post("/predict/")
    async def predict(transaction: Transaction) -> Prediction:
        return predict_all(pipeline, [transaction])[0]

    @app.post("/predict/batch")
    async def predict_batch(batch: Transactions) -> Predictions:
        return Predictions(predictions=predict_all(pipeline, batch.transactions))

    return app


_FORMS: Final = {"sync": sync_app, "async": async_app}


def main(release: str, port: str, form: str) -> None:
    """Serve one form until a signal to stop."""
    app = _FORMS[form](FraudPipeline(Path(release)))

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
