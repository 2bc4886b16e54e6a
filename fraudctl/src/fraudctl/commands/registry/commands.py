"""`fraudctl registry`: what is there, what it is, on this disk, in production."""

from typing import Annotated

import typer

from fraudctl.epilog import examples
from fraudctl.output import Form, Output, show, show_all

registry_app = typer.Typer(
    help="Look into the registry, fetch from it, promote in it.", no_args_is_help=True, rich_markup_mode=None
)

Reference = Annotated[
    str,
    typer.Argument(metavar="ARTIFACT", help="name:alias, name:vN or wandb://entity/project/name:vN."),
]


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in the history.")]


@registry_app.command("list", epilog=examples("fraudctl registry list", "fraudctl registry list -o json"))
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")] = 20,
    form: Output = Form.TABLE,
) -> None:
    """List the releases, newest first.

    With aliases, the address at which one is served by this workspace now, date, trained quickly, fully or
    elsewhere, figures on later data, quality gates that it failed, digest, and why one cannot be used.
    """
    from fraudctl.commands.registry.releases import listed

    show_all(listed(limit), form)


@registry_app.command()
def browse() -> None:
    """Show runs, artifacts and lineage in a browser.

    Prints the address. An embedded registry stays up for it until Ctrl-C.
    """
    from fraudctl.commands.registry.releases import stay_open

    stay_open()


@registry_app.command(
    "show",
    epilog=examples(
        "fraudctl registry show production_model:production", "fraudctl registry show preprocessor:v0 -o json"
    ),
)
def show_(reference: Reference, form: Output = Form.TABLE) -> None:
    """Show one artifact: URI, digest, metadata."""
    from fraudctl.commands.registry.releases import artifact

    show(artifact(reference), form)


@registry_app.command(
    epilog=examples(
        "fraudctl registry diff production candidate", "fraudctl registry diff v3 var/candidate -o json"
    )
)
def diff(
    first: Annotated[str, typer.Argument(help="Alias or version of the model, or a folder of train.")],
    second: Annotated[str, typer.Argument(help="The one that it is compared with.")],
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="DATASET",
            help="Labelled payments: a folder or name:alias. By default those that their figures are of.",
        ),
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Compare two releases.

    Figures, with 95 % intervals of the change on labelled payments; decisions flipped on golden rows; policy,
    calibration, parameters, data, features, importance, libraries. Names what could not be compared, and why.
    """
    from fraudctl.commands.registry.comparison import differences

    show_all(differences(first, second, dataset, form), form)


@registry_app.command(
    epilog=examples(
        "fraudctl registry verify",
        "fraudctl registry verify v3 -o json",
        "fraudctl registry verify evaluation_data:evaluation",
    )
)
def verify(
    release: Annotated[
        str, typer.Argument(help="Alias or version of the model, or evaluation_data:ALIAS for a dataset.")
    ] = "production",
    form: Output = Form.TABLE,
) -> None:
    """Verify a release or a dataset as the registry holds it now.

    Downloads the artifacts anew: of a release the pair, digests and every file, signatures where
    FRAUD_TRUSTED_KEYS is set, and the golden rows by the code that serves; of a dataset files and signature.
    Exit codes: 0 all of it holds, 1 a fault, 3 something does not hold.
    """
    from fraudctl.commands.registry.verification import verified

    rows, holds = verified(release)
    show_all(rows, form)
    if not holds:
        raise typer.Exit(3)


@registry_app.command(epilog=examples("fraudctl registry fetch production_model:production"))
def fetch(reference: Reference, form: Output = Form.TABLE) -> None:
    """Fetch one artifact, verified.

    Prints its folder in the cache.
    """
    from fraudctl.commands.registry.releases import fetch_artifact

    show(fetch_artifact(reference), form)


@registry_app.command(
    epilog=examples(
        "fraudctl registry promote",
        "fraudctl registry promote previous",
        "fraudctl registry promote v3 --yes",
    )
)
def promote(
    release: Annotated[str, typer.Argument(help="Alias or version of the model.")] = "candidate",
    replace_unusable: Annotated[
        bool,
        typer.Option("--replace-unusable", help="Also where production is a version that cannot be served."),
    ] = False,
    yes: Yes = False,
    reason: Why = "",
    form: Output = Form.TABLE,
) -> None:
    """Put a release into production.

    Model and its preprocessor together; the former pair stays at `previous`. Where another release is in
    production, both are compared first, with warnings, and you are asked; without a terminal --yes is needed.
    Exit codes: 0 done, 1 a fault, 3 refused: what was in production still is.
    """
    from fraudctl.commands.registry.production import promote_release

    show(promote_release(release, reason, replace_unusable=replace_unusable, ask=not yes), form)


@registry_app.command(
    epilog=examples(
        "fraudctl registry rollback", "fraudctl registry rollback --yes --reason 'blocks half of travel'"
    )
)
def rollback(yes: Yes = False, reason: Why = "", form: Output = Form.TABLE) -> None:
    """Put the release at `previous` back into production.

    The one that is left is at `previous` then. You are asked; without a terminal --yes is needed.
    Exit codes: 0 done, 1 a fault, 3 refused: what was in production still is.
    """
    from fraudctl.commands.registry.production import roll_back

    show(roll_back(reason, ask=not yes), form)


@registry_app.command(
    epilog=examples(
        "fraudctl registry history",
        "fraudctl registry history --at 2026-11-24",
        "fraudctl registry history --at 2026-11-24T15:00+01:00 -o json",
    )
)
def history(
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="A day or a moment, in UTC or with an offset.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest.")] = 20,
    form: Output = Form.TABLE,
) -> None:
    """List what was in production, newest first.

    Who put it there, when, how, why, and on which evidence: from the runs that every move leaves in the
    registry. A move made in another way shows as not recorded.
    """
    from fraudctl.commands.registry.production import history as found

    show_all(found(at, limit), form)
