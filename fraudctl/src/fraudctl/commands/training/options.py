"""`fraudctl train` and its options."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from fraudctl.output import Form, Output, show

_DATA = "Your own data"
_PLAN = "The plan"


def train(  # noqa: PLR0913, PLR0917 - the options of the command line
    quick: Annotated[bool, typer.Option("--quick", help="In seconds, with slightly lower figures.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="New folder to write to (default: below var/trained)."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Your data: .csv, .csv.gz, .parquet, a folder of them, or wandb://entity/project/name:version;"
            " repeatable.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=COLUMN", help="Column of time, amt, category, is_fraud; repeatable."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE=KIND", help="What a value of is_fraud means, fraud or legit; repeatable."
        ),
    ] = None,
    timestamp: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the time.")] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Where hours are told, for times that are instants.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="ENDS",
            help="In order of time: train=0.6,validation=0.2, or train=2025-06-01,validation=2025-08-01.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of all that is drawn (default: 0).")] = None,
    costs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What mistakes cost, as TOML; decides the policy.")
    ] = None,
    parameters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="XGBoost's parameters, as TOML.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="All of these, as --show-plan prints them.")
    ] = None,
    show_plan: Annotated[
        bool, typer.Option("--show-plan", help="Print the whole plan as TOML, and train nothing.")
    ] = False,
    accept_below_bars: Annotated[
        bool,
        typer.Option(
            "--accept-below-bars", help="Write a model that fails a quality gate; its card says so."
        ),
    ] = False,
    form: Output = Form.TABLE,
) -> None:
    """Train a release on the repository's data, or on yours.

    Prints its folder, digests and figures.
    """
    from fraudctl.flows.training_plan import DataOptions, PlanOptions, plan_of

    options = PlanOptions(
        quick=quick,
        seed=seed,
        file=plan,
        parameters=parameters,
        costs=costs,
        data=DataOptions(data or (), column or (), label or (), timestamp, timezone, split),
    )
    if show_plan:
        from fraud_training.plan.file import written

        sys.stdout.write(written(plan_of(options)))
        return
    from fraudctl.commands.training.flows import train_to

    show(train_to(options, output, accepts_failed_gates=accept_below_bars), form)
