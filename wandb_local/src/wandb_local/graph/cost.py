"""What a query costs by its text alone, known before any of it is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from wandb_local.errors import InvalidRequestError, TooCostlyError
from wandb_local.limits import Limits


@dataclass(frozen=True, slots=True)
class Cost:
    """Selected fields with every fragment written out, and the levels they are nested in."""

    fields: int = 0
    depth: int = 0

    def __add__(self, other: Self) -> "Cost":
        return Cost(self.fields + other.fields, max(self.depth, other.depth))


def require_within(
    selection: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits
) -> None:
    """Let pass what is neither too wide nor too deep.

    Raises:
        TooCostlyError: It is.
        InvalidRequestError: A fragment is unknown, or contains itself.
    """
    cost = _Costs(fragments).of(selection)
    if cost.depth > limits.query_depth:
        message = f"the query is nested more than {limits.query_depth} levels deep"
        raise TooCostlyError(message)
    if cost.fields > limits.query_fields:
        message = f"the query selects {min(cost.fields, 10**9)} fields: the limit is {limits.query_fields}"
        raise TooCostlyError(message)


class _Costs:
    """Costs of selections; that of a fragment is computed once, however often it is spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known = dict[str, Cost | None]()  # None while it is being computed

    def of(self, selection: SelectionSetNode) -> Cost:
        """The cost of a selection."""
        total = Cost()
        for node in selection.selections:
            if isinstance(node, FragmentSpreadNode):
                total += self._of_fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                total += self.of(node.selection_set)
            elif isinstance(node, FieldNode):
                inside = Cost() if node.selection_set is None else self.of(node.selection_set)
                total += Cost(inside.fields + 1, inside.depth + 1)
        return total

    def _of_fragment(self, name: str) -> Cost:
        if name not in self._fragments:
            message = f'Unknown fragment "{name[:100]}".'
            raise InvalidRequestError(message)
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self.of(self._fragments[name].selection_set)
        known = self._known[name]
        if known is None:
            message = f'Cannot spread fragment "{name[:100]}" within itself.'
            raise InvalidRequestError(message)
        return known
