"""How strictly a candidate is judged and how it is moved: data, with defaults that suit most."""

import json
from collections.abc import Hashable, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from fraud_contract.errors import SettingsError
from fraud_contract.validation import problem
from fraud_rollout.core.strategy.duration import Duration, parse
from fraud_rollout.judge.verdict import Limits

Share = Annotated[float, Field(gt=0, lt=1)]
LONGEST_TEXT: Final = 65_536
"""Characters of a strategy as text."""


class _NamedTwice(Exception):
    """A mapping names a key twice; YAML's reader would drop the first value."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(key, line)
        self.key, self.line = key, line


class _Loader(yaml.SafeLoader):
    """Reads plain data, and drops nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _NamedTwice(key.value, key.start_mark.line + 1)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, alias_generator=to_camel, populate_by_name=True
    )


class ScoreLimits(Limits):
    """Limits of how many scores differ, and what differing is."""

    difference: Share = 0.05
    """Of the probability."""


class Gates(_Part):
    """Limits of the online gates. `null` turns one off; what is not named keeps its default."""

    decisions: Limits | None = Limits(tolerable=0.004, harmful=0.008)
    scores: ScoreLimits | None = ScoreLimits(tolerable=0.004, harmful=0.008)
    categories: Limits | None = Limits(tolerable=0.015, harmful=0.03)
    """Decisions and scores within each category; can fail, need not pass."""
    errors: Limits | None = Limits(tolerable=0.001, harmful=0.01)
    slow: Limits | None = Limits(tolerable=0.02, harmful=0.10)
    memory: Limits | None = Limits(tolerable=0.10, harmful=0.50)
    """Of the looks at resident memory, two a second: eight without growth pass, seven of growth fail."""


class ChangeLimits(_Part):
    """Limits of a change for the worse, on labelled payments."""

    tolerable: Annotated[float, Field(ge=0)]
    harmful: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.tolerable >= self.harmful:
            raise ValueError(f"tolerable ({self.tolerable:g}) must lie below harmful ({self.harmful:g})")
        return self


class Bars(_Part):
    """What the first release of all must reach, there being none to compare it with."""

    precision: Share = 0.5
    """Average precision."""
    saved: Share = 0.5
    """Share of the cost of approving everything."""


class EvaluationSettings(_Part):
    """The labelled payments."""

    rows: Annotated[int, Field(ge=1_000, le=10_000_000)] = 250_000
    """At least; fewer are missing evidence."""
    frauds: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """At least, for a verdict on cost or precision: resamples of a handful show less spread than there is."""
    resamples: Annotated[int, Field(ge=200, le=20_000)] = 2_000


class Gain(_Part):
    """What a certain gain allows."""

    widens: Annotated[float, Field(ge=1, le=10)] = 2.0
    """Factor of the limits of decisions, scores and their categories; 1 for never."""


class Deadlines(_Part):
    """How long a rollout waits before it goes back."""

    prepare: Duration = parse("10m")
    """For the candidate to become ready."""
    evidence: Duration = parse("24h")
    """For evidence that does not come, or is lost."""
    stale: Duration = parse("5m")
    """Evidence from traffic that is older counts as missing."""


class Approval(StrEnum):
    """Where a person is asked."""

    NONE = "none"
    BEFORE_TRAFFIC = "beforeTraffic"
    BEFORE_FULL = "beforeFull"


class Strategy(_Part):
    """A rollout's strategy."""

    gates: Gates = Gates()
    cost: ChangeLimits | None = ChangeLimits(tolerable=0.02, harmful=0.12)
    """Rise of expected cost, as a share of stable's."""
    precision: ChangeLimits | None = ChangeLimits(tolerable=0.005, harmful=0.03)
    """Loss of average precision."""
    calibration: Share | None = 0.2
    """Rise of |mean score / fraud rate - 1|; can fail, need not pass."""
    recall: Share | None = 0.1
    """Loss of recall in a category; can fail, need not pass."""
    load: Annotated[float, Field(gt=1, le=100)] | None = 1.5
    """Factor by which reviews or blocks may rise before a person is asked."""
    bars: Bars = Bars()
    evaluation: EvaluationSettings = EvaluationSettings()
    gain: Gain = Gain()
    pairs: Annotated[int, Field(ge=100, le=1_000_000)] = 8_000
    """The cap of the shadow."""
    requests: Annotated[int, Field(ge=100, le=100_000_000)] = 20_000
    """The cap of each weight, in requests to the candidate."""
    steps: Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(min_length=1, max_length=10)] = (
        5,
        25,
        50,
    )
    """Percent, ascending; 100 and the soak follow."""
    confidence: Annotated[float, Field(ge=0.9, lt=1)] = 0.99
    deadlines: Deadlines = Deadlines()
    keep_warm: Duration = parse("1h")
    """How long the release that was left could take all traffic back at once."""
    approval: Approval = Approval.NONE

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, content: Any) -> Any:  # noqa: ANN401 - whatever was written
        if isinstance(content, dict) and "gates" in content and not content["gates"]:
            raise ValueError("gates: is empty; leave it out for the defaults, or name gates and their limits")
        return content

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.steps)):
            raise ValueError(f"steps: {list(self.steps)} must ascend")
        if (self.gates.decisions, self.gates.scores, self.cost) == (None, None, None):
            raise ValueError("decisions, scores and cost are all off; nothing would detect a bad model")
        if self.gates.errors is None:
            raise ValueError("gates.errors: cannot be off; nothing would detect a release that fails")
        return self

    @classmethod
    def read(cls, text: str, name: str = "strategy") -> Self:
        """The strategy that `text` writes in YAML or JSON, with or without `strategy:` around it.

        Raises:
            SettingsError: it is neither, or a key or value is not allowed; each is named with what is.
        """
        if len(text) > LONGEST_TEXT:
            raise SettingsError(f"{name}: a strategy has at most {LONGEST_TEXT:,} characters.")
        try:
            content = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
        except _NamedTwice as error:
            raise SettingsError(
                f"{name}, line {error.line}: {error.key} is named twice. Leave one."
            ) from None
        # Values that look like a date or a number but are none raise ValueError.
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            place = getattr(error, "problem_mark", None)
            line = f", line {place.line + 1}" if place else ""
            raise SettingsError(f"{name}{line}: not YAML or JSON.") from None
        if isinstance(content, dict) and list(content) == ["strategy"]:
            content = content["strategy"]
        if content is None:
            raise SettingsError(f"{name}: is empty. Leave it out for the defaults.")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            problems = "; ".join(_problem(each, cls) for each in error.errors())
            raise SettingsError(f"{name}: {problems}.") from None

    def write(self) -> str:
        """As JSON, by the names of the file."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1)


def _problem(error: Any, strategy: type[BaseModel]) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    place = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        prefix = f"{place}: " if place else ""
        return f"{prefix}{problem(error)}"
    return f"{place}: no such key; allowed here: {', '.join(_allowed(strategy, error['loc'][:-1]))}"


def _allowed(model: type[BaseModel], path: Sequence[Any]) -> list[str]:
    """The keys of the part of `model` at `path`, as files write them."""
    for key in path:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        annotation: Any = fields[str(key)].annotation
        options = getattr(annotation, "__args__", (annotation,))
        model = next(each for each in options if isinstance(each, type) and issubclass(each, BaseModel))
    return [field.alias or name for name, field in model.model_fields.items()]
