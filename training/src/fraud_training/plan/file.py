"""Plans as TOML, whole or in part."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from pydantic import BaseModel, ValidationError

from fraud_contract.errors import UsageError
from fraud_contract.validation import problem
from fraud_training.plan.effort import Effort
from fraud_training.plan.plan import Plan

_MERGED: Final = ("parameters", "costs", "quality_gates")
"""Tables of which a plan may give some values; the others are those of its effort."""
_LARGEST: Final = 64 << 10
"""Bytes of a file: to read a dotted name takes time that grows with the square of its dots."""


def read_plan(path: Path) -> Plan:
    """The plan in a file. What it leaves out is as in the plan of its `effort`, which is `full` without one.

    Raises:
        UsageError: it cannot be read, or holds what is no part of a plan.
    """
    given = _table(path)
    effort = given.get("effort", Effort.FULL)
    plan = Plan.of(Effort(effort)) if effort in list(Effort) else Plan.full()
    parts = {
        name: _completed(getattr(plan, name), given[name], f"{path}: {name}")
        for name in _MERGED
        if isinstance(given.get(name), dict)
    }
    return _checked(Plan, {**dict(plan), **given, **parts}, str(path))


def read_parameters(plan: Plan, path: Path) -> Plan:
    """The plan with those of XGBoost's parameters that the file gives. Raises as `read_plan` does."""
    return changed(plan, parameters=_completed(plan.parameters, _table(path), str(path)))


def read_costs(plan: Plan, path: Path) -> Plan:
    """The plan with those costs that the file gives. Raises as `read_plan` does."""
    return changed(plan, costs=_completed(plan.costs, _table(path), str(path)))


def changed(plan: Plan, **values: object) -> Plan:
    """The plan with other values, checked as a whole. Raises `UsageError` where they do not go together."""
    return _checked(Plan, {**dict(plan), **values}, "The plan")


def written(plan: Plan) -> str:
    """The whole plan as TOML, from which `read_plan` makes an equal one."""
    return tomlkit.dumps(plan.model_dump(mode="python", exclude_none=True) | {"effort": plan.effort.value})


def _table(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"{path} has more than {_LARGEST} bytes: it is no plan.")
        return tomllib.loads(content.decode())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"{path} is not TOML: {error}.") from None
    except RecursionError:
        raise UsageError(f"{path} is no plan: it nests too deeply.") from None


def _completed[M: BaseModel](whole: M, given: Mapping[str, Any], place: str) -> M:
    """`whole` with the values that are given."""
    part = _checked(type(whole), given, place)
    return whole.model_copy(update=part.model_dump(exclude_unset=True))


def _checked[M: BaseModel](kind: type[M], content: Mapping[str, Any], place: str) -> M:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise UsageError(f"{place}: {reasons(error)}.") from None


def reasons(error: ValidationError) -> str:
    """What pydantic refused, each by its name."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'as a whole'}: {problem(each)}" for each in error.errors()
    )
