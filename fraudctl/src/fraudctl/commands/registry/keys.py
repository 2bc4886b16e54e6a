"""`fraudctl keys`: keys that releases and rollouts are signed with."""

from pathlib import Path
from typing import Annotated

import typer

from fraudctl.epilog import examples
from fraudctl.output import Form, Output, show

keys_app = typer.Typer(
    help="Make keys that releases and rollouts are signed with.", no_args_is_help=True, rich_markup_mode=None
)


@keys_app.callback()
def keys() -> None:
    """Make keys that releases and rollouts are signed with."""


@keys_app.command(epilog=examples("fraudctl keys new release"))
def new(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="Writes NAME.key and NAME.pub.")],
    form: Output = Form.TABLE,
) -> None:
    """Make a pair of Ed25519 keys.

    The private one is for `publish --sign-with`; the public one, which is printed as well, for
    FRAUD_TRUSTED_KEYS where releases are served.
    """
    from fraud_contract.artifacts.signatures import SigningKey

    private, public = (name.with_name(name.name + suffix) for suffix in (".key", ".pub"))
    key = SigningKey.new(private, public)
    show(
        {
            "private": str(private),
            "public": str(public),
            "id": key.id,
            "FRAUD_TRUSTED_KEYS": key.trusted_keys,
        },
        form,
    )
