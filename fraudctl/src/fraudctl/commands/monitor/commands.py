"""`fraudctl monitor`: what the releases in production did lately, and whether something moved."""

from typing import Annotated

import typer

from fraudctl.epilog import examples
from fraudctl.output import Form, Output, show, show_all

monitor_app = typer.Typer(help="Watch releases in production.", no_args_is_help=True, rich_markup_mode=None)


@monitor_app.callback()
def _group() -> None:
    """Keep `status` a command of its own, beside those to come."""


@monitor_app.command(
    epilog=examples(
        "fraudctl monitor status",
        "fraudctl monitor status -o json",
        "fraudctl monitor status --url http://localhost:9092",
    )
)
def status(
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Of a monitor's port; by default what this workspace's left."),
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Show the latest window of each release, and each figure of drift.

    Of the monitor beside `fraudctl serve` and `demo`, also after it ended; or of one in a cluster, by --url.
    """
    from fraudctl.commands.monitor.status import read_status, tables

    found = read_status(url)
    if form is Form.JSON:
        show(found.model_dump(mode="json"), form)
        return
    for rows in tables(found):
        if len(rows) == 1:
            show(rows[0], form)
        else:
            show_all(rows, form)
        typer.echo()
