"""Where one's own transactions are, and how they are read."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Name = Literal["time", "amt", "category", "is_fraud"]
FIELDS: Final[tuple[Name, ...]] = ("time", "amt", "category", "is_fraud")
"""What a transaction to learn from has; hour and day of the week are those of its time."""
Label = Literal["fraud", "legit"]
KNOWN_LABELS: Final[dict[str, Label]] = {
    "0": "legit", "0.0": "legit", "false": "legit", "legit": "legit",
    "1": "fraud", "1.0": "fraud", "true": "fraud", "fraud": "fraud",
}  # fmt: skip
"""In lower case; for sources that map no labels of their own."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Share = Annotated[float, Field(gt=0, lt=1)]


class Shares(_Model):
    """Shares of the rows, in order of time, in the windows; evaluation has the rest."""

    train: Share
    validation: Share

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.train + self.validation >= 1:
            raise ValueError("train and validation leave nothing for evaluation")
        return self


def _local(moment: datetime) -> datetime:
    if moment.tzinfo:
        raise ValueError("give a local time, without an offset")
    return moment


Moment = Annotated[datetime, AfterValidator(_local)]


class Dates(_Model):
    """The first moments, in local time, that are no more of the training and validation windows."""

    train: Moment
    validation: Moment

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.train >= self.validation:
            raise ValueError("train must end before validation does")
        return self


def _known(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; give one like Europe/Berlin") from None


def _kind(given: Any) -> str:  # noqa: ANN401 - whatever was given
    """Whether a split is one by dates or by shares."""
    first = given.get("train") if isinstance(given, dict) else getattr(given, "train", None)
    return "dates" if isinstance(first, str | date) else "shares"


Split = Annotated[Annotated[Shares, Tag("shares")] | Annotated[Dates, Tag("dates")], Discriminator(_kind)]


class Source(_Model):
    """Files of transactions. Raises pydantic's `ValidationError` where a value is unusable."""

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Paths of .csv, .csv.gz or .parquet files, or of folders with some; or `wandb://` references."""
    columns: dict[Name, str] = {}
    """Names of the columns, where they are not those of the fields."""
    labels: dict[str, Label] = {}
    """What values of `is_fraud` mean; with any here, no others count."""
    timezone: Annotated[str, AfterValidator(_known)] | None = None
    """IANA name of where hours are told. With it times are instants, UTC where they have no offset; without,
    they are local, and an offset is unusable."""
    split: Split = Shares(train=0.6, validation=0.2)

    def column(self, name: Name) -> str:
        """What the field's column is called."""
        return self.columns.get(name, name)
