"""`fraudctl rollout`: start one, steer it, look at its record, and ask what another strategy would say."""

from pathlib import Path
from typing import Annotated, Final

import typer

from fraud_contract.errors import SettingsError
from fraudctl.epilog import examples
from fraudctl.output import Form, Output, show

EXIT_CODES: Final = """\
\b
exit codes of `status`:
  0  promoted
  3  rolled back, superseded, or never ready
  4  held: a person or evidence is waited for
  5  under way
"""

rollout_app = typer.Typer(
    help="Put candidates through rollouts, steer them, and see what was judged by which evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RolloutId = Annotated[str | None, typer.Argument(metavar="ID", help="Of the record (default: the newest).")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the record.")]


@rollout_app.command("list", epilog=examples("fraudctl rollout list", "fraudctl rollout list -o json"))
def list_(form: Output = Form.TABLE) -> None:
    """List rollouts and comparisons, the newest first."""
    from fraudctl.commands.rollout.records import list_records

    list_records(form)


@rollout_app.command(epilog=examples("fraudctl rollout report", "fraudctl rollout report -o json"))
def report(rollout: RolloutId = None, form: Output = Form.TABLE) -> None:
    """Write the report of one, an HTML page.

    Prints its path. The page needs neither scripts nor the network, and prints on A4.
    """
    from fraudctl.commands.rollout.records import report_record

    report_record(rollout, form)


@rollout_app.command(epilog=examples("fraudctl rollout rejudge --strategy stricter.yaml"))
def rejudge(
    strategy: Annotated[Path, typer.Option(metavar="FILE", help="The other strategy, in YAML or JSON.")],
    form: Output = Form.TABLE,
) -> None:
    """Judge all kept evidence by another strategy.

    Prints which ends would change. Nothing is moved, and no record is changed.
    """
    from fraudctl.commands.rollout.records import rejudge_records

    rejudge_records(strategy, form)


@rollout_app.command(epilog=examples("fraudctl rollout start", "fraudctl rollout start v3 --again"))
def start(
    release: Annotated[
        str, typer.Argument(metavar="RELEASE", help="Alias or version of the registry's model.")
    ] = "candidate",
    strategy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Limits and steps (default: those of `serve`).")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Although it was rejected, or left by a rollback.")
    ] = False,
    form: Output = Form.TABLE,
) -> None:
    """Begin a rollout of a candidate.

    It is judged against what is in production, and moved step by step.
    """
    from fraudctl.commands.rollout.steering import started

    show(started(release, strategy, again=again), form)


@rollout_app.command(
    epilog=EXIT_CODES
    + examples("fraudctl rollout status -w", "fraudctl rollout status --replay --svg rollout.svg")
)
def status(
    rollout: RolloutId = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Until it ends or is held.")] = False,
    replay: Annotated[bool, typer.Option("--replay", help="How it came there, from its record.")] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what is shown as a picture, too.")
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Show phase, weights and gates of a rollout."""
    from fraudctl.commands.rollout.status import shown

    raise typer.Exit(shown(rollout, form, watch=watch, replay=replay, svg=svg))


@rollout_app.command()
def pause(rollout: RolloutId = None, reason: Reason = "", form: Output = Form.TABLE) -> None:
    """Hold it at the last weight that passed."""
    _steer("pause", rollout, reason, form)


@rollout_app.command()
def resume(rollout: RolloutId = None, reason: Reason = "", form: Output = Form.TABLE) -> None:
    """Go on from where it was paused."""
    _steer("resume", rollout, reason, form)


@rollout_app.command()
def promote(
    rollout: RolloutId = None,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    form: Output = Form.TABLE,
) -> None:
    """Approve it, or accept what holds it.

    Shows the evidence and asks. Never possible after a gate failed, or while evidence is missing.
    """
    from fraudctl.commands.rollout.steering import promoted

    show(promoted(rollout, reason, ask=not yes), form)


@rollout_app.command()
def abort(rollout: RolloutId = None, reason: Reason = "", form: Output = Form.TABLE) -> None:
    """End it; the stable release serves all."""
    _steer("abort", rollout, reason, form)


@rollout_app.command(epilog=examples("fraudctl rollout rollback --to v3 --reason chargebacks"))
def rollback(
    reason: Annotated[str, typer.Option(help="Why; it is kept in the record.")],
    rollout: RolloutId = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="RELEASE", help="Name (fraud-...), or alias or version of the registry's model."
        ),
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Go back to the release before.

    Also after a promotion, and to any earlier release with --to. No gate is asked. Candidates up to the one
    that was left get no rollout but by `start --again`.
    """
    if to is None:
        _steer("rollback", rollout, reason, form)
        return
    if rollout is not None:
        raise SettingsError("ID and --to exclude each other: --to leaves what is in production.")
    from fraudctl.commands.rollout.steering import returned

    show(returned(to, reason), form)


def _steer(verb: str, rollout: str | None, reason: str, form: Form) -> None:
    from fraudctl.commands.rollout.steering import steered

    show(steered(verb, rollout, reason), form)
