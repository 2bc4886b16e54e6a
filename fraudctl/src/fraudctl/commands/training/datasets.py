"""`fraudctl dataset`: the labelled payments that releases are judged by."""

from pathlib import Path
from typing import Annotated

import typer

from fraudctl.epilog import examples
from fraudctl.output import Form, Output, show

dataset_app = typer.Typer(
    help="The labelled payments that releases are judged by.", no_args_is_help=True, rich_markup_mode=None
)


@dataset_app.callback()
def dataset() -> None:
    """The labelled payments that releases are judged by."""


@dataset_app.command(
    epilog=examples(
        "fraudctl dataset publish",
        "fraudctl dataset publish var/shop",
        "fraudctl dataset publish --sign-with release.key -o json",
    )
)
def publish(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="What `fraudctl train --data` wrote (default: the repository's window)."
        ),
    ] = None,
    sign_with: Annotated[
        Path | None, typer.Option(metavar="KEY", help="Private key to sign the dataset with.")
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Put an evaluation window into the registry.

    As an artifact of type dataset at the alias `evaluation`, with its window and fingerprint. Releases that
    were measured by it are judged, compared and rolled out by it.
    """
    from fraudctl.flows.dataset import publish_evaluation_data

    show(publish_evaluation_data(folder, sign_with), form)
