"""The transaction: the four facts of a card payment."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

HOURS: Final = 24
DAYS: Final = 7
MAX_AMOUNT: Final = 1e9
"""Beyond any card payment; a bound keeps the float32 features finite."""
MAX_CATEGORY_LENGTH: Final = 64
MAX_ID_LENGTH: Final = 128

Amount = Annotated[
    float, Field(gt=0, le=MAX_AMOUNT, allow_inf_nan=False, description="Amount in the card's currency, > 0")
]


def _whole(value: object) -> object:
    """`14.0` as 14: JSON does not tell them apart, and clients that compute with floats send it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Hour = Annotated[
    int, Field(ge=0, lt=HOURS, description="Local hour of the payment, 0-23"), BeforeValidator(_whole)
]
DayOfWeek = Annotated[
    int,
    Field(ge=0, lt=DAYS, description="Day of the week, 0 = Monday ... 6 = Sunday"),
    BeforeValidator(_whole),
]
Category = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_CATEGORY_LENGTH),
    Field(description="Merchant category, such as grocery_pos"),
]
TransactionId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_ID_LENGTH),
    Field(description="The caller's own id, echoed in the answer"),
]


class Transaction(BaseModel):
    """One card payment. Types are strict (no "245.5", no true) and unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    amt: Amount
    hour: Hour
    day_of_week: DayOfWeek
    category: Category
    transaction_id: TransactionId | None = None
