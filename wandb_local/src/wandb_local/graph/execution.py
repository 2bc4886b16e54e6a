"""Answers a GraphQL document by walking its selections over objects.

There is no schema: what an object offers is what can be selected, and anything else is refused by name. So
an SDK that starts to ask for a new field fails loudly, while renamed input types, on which no answer depends,
do no harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from graphql.error import GraphQLSyntaxError
from graphql.language import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    parse,
)
from graphql.utilities import value_from_ast_untyped

from wandb_local.budget import Budget
from wandb_local.errors import InvalidRequestError, TooCostlyError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.cost import require_within
from wandb_local.graph.objects.base import Method, Object, Value
from wandb_local.limits import Limits


@lru_cache(maxsize=64)
def _document(text: str, tokens: int) -> DocumentNode:
    """The parsed query; clients send the same few dozen over and over."""
    try:
        return parse(text, no_location=True, max_tokens=tokens)
    except GraphQLSyntaxError as error:
        message = f"the query cannot be parsed: {error.message}"
        raise InvalidRequestError(message) from error
    except RecursionError as error:
        raise InvalidRequestError("the query cannot be parsed: it is nested too deeply") from error


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed GraphQL request: one operation with its fragments and variables."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]

    @classmethod
    def parse(
        cls, query: str, variables: Mapping[str, object], name: str | None, limits: Limits
    ) -> "Request":
        """The operation called `name` of `query`, or its only one (the SDK sends the empty name).

        Raises:
            InvalidRequestError: The query cannot be parsed, or has no such operation.
            TooCostlyError: It is longer, wider or deeper than a query may be.
        """
        if len(query) > limits.query_text:
            message = f"the query has {len(query)} characters: the limit is {limits.query_text}"
            raise TooCostlyError(message)
        definitions = _document(query, limits.query_tokens).definitions
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        if name:
            operations = [node for node in operations if node.name and node.name.value == name]
        if len(operations) != 1:
            message = f"the request must name one operation of the query, got {name or 'no name'!r}"
            raise InvalidRequestError(message)
        (operation,) = operations
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        fragments = {
            node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)
        }
        require_within(operation.selection_set, fragments, limits)
        return cls(operation, fragments, {**defaults, **variables})

    @property
    def name(self) -> str:
        """The operation's name, or `anonymous`."""
        return self.operation.name.value if self.operation.name else "anonymous"

    @property
    def is_mutation(self) -> bool:
        """Whether the operation changes something."""
        return self.operation.operation is OperationType.MUTATION

    def answer(self, root: Object, budget: Budget) -> dict[str, object]:
        """What the operation selects from `root`, every value of it drawn on `budget`.

        Raises:
            InvalidRequestError: It asks for a field, argument or type this server does not know.
            TooCostlyError: The budget is used up.
        """
        return _Walk(self.fragments, self.variables, budget).select([self.operation.selection_set], root)


def _written(text: str) -> int:
    """Characters that JSON needs for the text at most, but for quotes: six for each that it escapes."""
    return len(text) if text.isascii() and text.isprintable() else 6 * len(text)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One operation on its way through the objects."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]
    budget: Budget

    def select(self, selections: Sequence[SelectionSetNode], target: Object) -> dict[str, object]:
        """What `selections` together select of `target`."""
        nodes: dict[str, list[FieldNode]] = {}
        for selection in selections:
            self._collect(selection, target, nodes)
        return {key: self._field(same, target) for key, same in nodes.items()}

    def _collect(
        self, selection: SelectionSetNode, target: Object, nodes: dict[str, list[FieldNode]]
    ) -> None:
        """Gather the fields that apply to `target`, those under one key together, through all fragments."""
        for node in selection.selections:
            if not self._included(node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                nodes.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else target.type
                if self._applies(condition, target):
                    self._collect(node.selection_set, target, nodes)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, target):
                    self._collect(fragment.selection_set, target, nodes)

    @staticmethod
    def _applies(condition: str, target: Object) -> bool:
        if target.fits(condition):
            return True
        if target.could_fit(condition):
            return False
        message = f'A fragment on "{condition}" cannot be spread on an object of type "{target.type}".'
        raise InvalidRequestError(message)

    def _included(self, directives: Sequence[DirectiveNode]) -> bool:
        for directive in directives:
            name = directive.name.value
            if name not in {"include", "skip"}:
                message = f'Unknown directive "@{name}".'
                raise InvalidRequestError(message)
            condition = next((self._value(node.value) for node in directive.arguments or ()), None)
            if bool(condition) is (name == "skip"):
                return False
        return True

    def _field(self, nodes: Sequence[FieldNode], target: Object) -> object:
        node, name = nodes[0], nodes[0].name.value
        if name == "__typename":
            return target.type
        if name not in target.fields:
            message = f'Cannot query field "{name}" on type "{target.type}".'
            raise InvalidRequestError(message)
        field = target.fields[name]
        arguments = {item.name.value: self._value(item.value) for item in node.arguments or ()}
        takes = field.takes if isinstance(field, Method) else frozenset()
        for unknown in sorted(arguments.keys() - takes):
            message = f'Unknown argument "{unknown}" on field "{target.type}.{name}".'
            raise InvalidRequestError(message)
        if isinstance(field, Method):
            value = field.call(Arguments(arguments))
        else:
            value = field() if callable(field) else field
        selections = [same.selection_set for same in nodes if same.selection_set]
        return self._complete(value, selections, f"{target.type}.{name}")

    def _complete(self, value: Value, selections: Sequence[SelectionSetNode], where: str) -> object:
        self.budget.spend(1, _written(value) if isinstance(value, str) else 0)
        if isinstance(value, Object):
            if not selections:
                message = f'Field "{where}" of type "{value.type}" must have a selection of subfields.'
                raise InvalidRequestError(message)
            return self.select(selections, value)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self._complete(item, selections, where) for item in value]
        if selections and value is not None:
            message = f'Field "{where}" must not have a selection, it has no subfields.'
            raise InvalidRequestError(message)
        return value

    def _value(self, node: ValueNode) -> object:
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value)
        if isinstance(node, ListValueNode):
            return [self._value(item) for item in node.values]
        if isinstance(node, ObjectValueNode):
            return {item.name.value: self._value(item.value) for item in node.fields}
        return value_from_ast_untyped(node)
