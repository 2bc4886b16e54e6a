"""The plan of a training, from what the command line says and what plan files hold."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from fraud_contract.errors import UsageError
from fraud_registry.artifacts.fetch import fetch_files
from fraud_registry.references import SCHEME, parse
from fraud_registry.worker.connection import Connection
from fraud_training.plan.effort import Effort
from fraud_training.plan.file import changed, read_costs, read_parameters, read_plan, reasons
from fraud_training.plan.plan import Plan
from fraud_training.plan.source import FIELDS, Source
from fraudctl.run import Run


@dataclass(frozen=True)
class DataOptions:
    """What the command line says of the data."""

    files: Sequence[str]
    columns: Sequence[str]
    labels: Sequence[str]
    timestamp: str | None
    timezone: str | None
    split: str | None

    @property
    def given(self) -> bool:
        """Whether it says anything."""
        return any((self.files, self.columns, self.labels, self.timestamp, self.timezone, self.split))


@dataclass(frozen=True)
class PlanOptions:
    """What the command line says of the plan."""

    quick: bool
    seed: int | None
    file: Path | None
    parameters: Path | None
    costs: Path | None
    data: DataOptions


def plan_of(options: PlanOptions) -> Plan:
    """The plan that the options make: those of the command line count more than those of a file.

    Raises:
        UsageError: an option or a file is unusable, or both say how long to train.
    """
    if options.file is None:
        plan = Plan.of(Effort.QUICK if options.quick else Effort.FULL)
    elif options.quick:
        raise UsageError('--quick and --plan both say how long to train. Set effort = "quick" in the plan.')
    else:
        plan = read_plan(options.file)
    if options.parameters is not None:
        plan = read_parameters(plan, options.parameters)
    if options.costs is not None:
        plan = read_costs(plan, options.costs)
    if options.seed is not None:
        plan = changed(plan, seed=options.seed)
    return changed(plan, data=_source(plan.data, options.data)) if options.data.given else plan


def _source(of_plan: Source | None, options: DataOptions) -> Source:
    files = tuple(options.files) or (of_plan.files if of_plan else ())
    if not files:
        raise UsageError("These options speak of your own data: name it with --data FILE.")
    columns = _pairs("--column", options.columns, "FIELD=COLUMN")
    if unknown := columns.keys() - set(FIELDS):
        raise UsageError(f"--column {min(unknown)}=…: FIELD is one of {', '.join(FIELDS)}.")
    if options.timestamp:
        columns["time"] = options.timestamp
    given: dict[str, Any] = {
        "columns": columns,
        "labels": _pairs("--label", options.labels, "VALUE=fraud or VALUE=legit"),
        "timezone": options.timezone,
        "split": _split(options.split) if options.split else None,
    }
    kept = of_plan.model_dump() if of_plan else {}
    named = {name: each for name, each in given.items() if each}
    try:
        return Source.model_validate(kept | {"files": files} | named)
    except ValidationError as error:
        raise UsageError(f"The data options: {reasons(error)}.") from None


def _pairs(option: str, given: Sequence[str], form: str) -> dict[str, str]:
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise UsageError(f"{option} {each}: give {form}.")
        if name in pairs:
            raise UsageError(f"{option} {name}=… is given twice.")
        pairs[name] = value
    return pairs


def _split(text: str) -> dict[str, float | str]:
    """Shares as numbers, dates as texts."""
    pairs = _pairs("--split", text.split(","), "train=0.6,validation=0.2, or train=2025-06-01,validation=…")
    try:
        return {name: float(value) for name, value in pairs.items()}
    except ValueError:
        return dict(pairs)


@contextmanager
def fetched(plan: Plan, run: Run) -> Iterator[tuple[Plan, dict[str, Path]]]:
    """The plan with references of the registry pinned, and folders with the files of each, while needed.

    Raises:
        RegistryError: the registry does not have it, or is away.
        ArtifactCorrupt: what was received is not what the registry says.
    """
    named = [each for each in plan.data.files if each.startswith(SCHEME)] if plan.data else []
    if not named or plan.data is None:
        yield plan, {}
        return
    with TemporaryDirectory(prefix="fraud-data-") as scratch:
        pinned, folders = {}, {}
        with run.registry() as registry, Connection(registry.account) as connection:
            for number, each in enumerate(named):
                folder = Path(scratch) / str(number)
                pin = fetch_files(connection, parse(each), folder)
                pinned[each], folders[pin.uri] = pin.uri, folder
        files = tuple(pinned.get(each, each) for each in plan.data.files)
        yield changed(plan, data=plan.data.model_copy(update={"files": files})), folders
