"""What a query can select: objects with named fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wandb_local.graph.arguments import Arguments

INTERFACES: Mapping[str, frozenset[str]] = {
    "ArtifactCollection": frozenset({"ArtifactSequence", "ArtifactPortfolio"}),
}
"""The interfaces of the protocol and the types behind them."""

type Value = Object | Sequence[Value] | Mapping[str, object] | str | int | float | bool | None
type Plain = Callable[[], Value]


@dataclass(frozen=True, slots=True)
class Method:
    """A field that takes arguments; `takes` names them."""

    call: Callable[[Arguments], Value]
    takes: frozenset[str]


type Field = Value | Plain | Method


def method(call: Callable[[Arguments], Value], *takes: str) -> Method:
    """A field computed from the arguments named in `takes`."""
    return Method(call, frozenset(takes))


@dataclass(frozen=True, slots=True)
class Object:
    """A value of a GraphQL object type. Fields are values, or callables for what is computed on demand."""

    type: str
    fields: Mapping[str, Field]

    def fits(self, condition: str) -> bool:
        """Whether a fragment on the type `condition` applies."""
        return condition == self.type or self.type in INTERFACES.get(condition, ())

    def could_fit(self, condition: str) -> bool:
        """Whether a fragment on `condition` may stand here unused: a sibling behind the same interface."""
        return any({self.type, condition} <= types for types in INTERFACES.values())
