"""`fraudctl rollout`: the records of this workspace, their reports, and what another strategy would say."""

from pathlib import Path
from typing import Annotated

import typer

from fraudctl.epilog import examples
from fraudctl.output import Form, Output

rollout_app = typer.Typer(
    help="Rollouts of this workspace: what was judged, by which evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RolloutId = Annotated[str | None, typer.Argument(metavar="ID", help="Of the record (default: the newest).")]


@rollout_app.command("list", epilog=examples("fraudctl rollout list", "fraudctl rollout list -o json"))
def list_(form: Output = Form.TABLE) -> None:
    """List rollouts and comparisons, the newest first."""
    from fraudctl.commands.records import list_records

    list_records(form)


@rollout_app.command(
    epilog=examples("fraudctl rollout status", "fraudctl rollout status judge-20260102-030405-1a2b")
)
def status(rollout: RolloutId = None, form: Output = Form.TABLE) -> None:
    """Show one: where it stands, and what each gate found."""
    from fraudctl.commands.records import show_record

    show_record(rollout, form)


@rollout_app.command(epilog=examples("fraudctl rollout report", "fraudctl rollout report -o json"))
def report(rollout: RolloutId = None, form: Output = Form.TABLE) -> None:
    """Write the report of one, an HTML page.

    Prints its path. The page needs neither scripts nor the network, and prints on A4.
    """
    from fraudctl.commands.records import report_record

    report_record(rollout, form)


@rollout_app.command(epilog=examples("fraudctl rollout rejudge --strategy stricter.yaml"))
def rejudge(
    strategy: Annotated[Path, typer.Option(metavar="FILE", help="The other strategy, in YAML or JSON.")],
    form: Output = Form.TABLE,
) -> None:
    """Judge all kept evidence by another strategy.

    Prints which ends would change. Nothing is moved, and no record is changed.
    """
    from fraudctl.commands.records import rejudge_records

    rejudge_records(strategy, form)
