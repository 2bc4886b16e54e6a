"""The commands of `fraudctl` and their options."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fraudctl.commands.monitor.commands import monitor_app
from fraudctl.commands.registry.commands import registry_app
from fraudctl.commands.registry.keys import keys_app
from fraudctl.commands.rollout.commands import rollout_app
from fraudctl.commands.training.datasets import dataset_app
from fraudctl.commands.training.options import train
from fraudctl.epilog import EXIT_CODES_AND_ENVIRONMENT, examples
from fraudctl.output import Form, Output, show, show_all

app = typer.Typer(
    name="fraudctl",
    help="Train, publish, serve and watch the fraud detector.",
    epilog=EXIT_CODES_AND_ENVIRONMENT,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(registry_app, name="registry")
app.add_typer(keys_app, name="keys")
app.add_typer(dataset_app, name="dataset")
app.add_typer(rollout_app, name="rollout")
app.add_typer(monitor_app, name="monitor")

Host = Annotated[
    str,
    typer.Option(
        envvar=["FRAUDCTL_HOST", "FRAUD_HOST"], help="Address to listen on; 0.0.0.0 for all the network."
    ),
]
Port = Annotated[
    int,
    typer.Option(envvar=["FRAUDCTL_PORT", "FRAUD_HTTP_PORT"], min=1, max=65535, help="Port of the HTTP API."),
]
GrpcPort = Annotated[
    int | None,
    typer.Option(
        envvar="FRAUD_GRPC_PORT", min=1, max=65535, help="Port of gRPC (default: 8081, moving with --port)."
    ),
]
AdminPort = Annotated[
    int | None,
    typer.Option(
        envvar="FRAUD_ADMIN_PORT",
        min=1,
        max=65535,
        help="Port of metrics and readiness (default: 9091, moving with --port).",
    ),
]
_POLL = 20.0
"""Seconds between two looks for a new candidate."""


@app.command(
    epilog=examples("fraudctl demo", "fraudctl demo --short", "fraudctl demo --port 9191 > report.txt")
)
def demo(
    host: Host = "127.0.0.1",
    port: Port = 9090,
    grpc_port: GrpcPort = None,
    admin_port: AdminPort = None,
    short: Annotated[
        bool, typer.Option("--short", help="One release and no rollout: train, publish, serve, report.")
    ] = False,
) -> None:
    """Show all of it in a minute and a half: serve, and put three candidates through rollouts.

    Trains a release quickly and serves it behind Envoy under live traffic. A better candidate is judged and
    promoted; one whose category columns are rotated and one that is slow under traffic are taken back.

    On a terminal it then keeps serving until Ctrl-C; otherwise it stops.
    """
    from fraudctl.session import listening, require_unset

    where = listening(host, port, grpc_port, admin_port)
    if short:
        from fraudctl.commands.demonstration import demonstrate

        demonstrate(where)
    else:
        require_unset("the demo serves HTTP and gRPC on one port", grpc_port, admin_port)
        from fraudctl.commands.rollout_demonstration import demonstrate_rollouts

        demonstrate_rollouts(where)


@app.command(
    epilog=examples(
        "fraudctl serve", "FRAUDCTL_PORT=9191 fraudctl serve --host 0.0.0.0", "fraudctl serve --follow"
    )
)
def serve(  # noqa: PLR0913, PLR0917 - a command's options
    host: Host = "127.0.0.1",
    port: Port = 9090,
    grpc_port: GrpcPort = None,
    admin_port: AdminPort = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Through Envoy, and put every new candidate through a rollout.")
    ] = False,
    strategy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Limits and steps of rollouts, with --follow.")
    ] = None,
    sign_with: Annotated[
        Path | None,
        typer.Option(metavar="KEY", help="Private key to sign records of rollouts with, with --follow."),
    ] = None,
    poll: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=5,
            max=3600,
            help="Between two looks for a new candidate in the registry, with --follow (default: 20).",
        ),
    ] = None,
) -> None:
    """Serve what is in production.

    In one process, as the all-in-one image does; FRAUD_* settings reach it. If nothing is in production, a
    release is trained first. Without its registry it serves what it served last.

    With --follow it serves HTTP and gRPC on one port through Envoy, judges every release published as
    `candidate`, and moves it step by step or takes it back; `fraudctl rollout` steers it.
    """
    from fraudctl.session import listening, require_unset, session

    if follow:
        require_unset("--follow serves HTTP and gRPC on one port", grpc_port, admin_port)
        from fraud_contract.artifacts.signatures import SigningKey
        from fraudctl.flows.judge import strategy_at
        from fraudctl.flows.rollout.follow import follow as run_followed

        signer = SigningKey.read(sign_with) if sign_with else None
        where = listening(host, port, grpc_port, admin_port)
        run_followed(session(), where, strategy_at(strategy), signer, _POLL if poll is None else poll)
    if (strategy, sign_with, poll) != (None, None, None):
        from fraud_contract.errors import UsageError

        raise UsageError(
            "--strategy, --sign-with and --poll are about rollouts: say --follow too, or leave them out."
        )
    from fraudctl.flows.serve import serve as run_service

    run_service(session(), listening(host, port, grpc_port, admin_port))


app.command(
    epilog=examples(
        "fraudctl train",
        "fraudctl train --quick --output release -o json",
        "fraudctl train --data payments.csv --timestamp paid_at --column amt=amount",
        "fraudctl train --show-plan > plan.toml; fraudctl train --plan plan.toml",
    )
)(train)


@app.command(
    epilog=examples(
        "fraudctl publish var/trained/20260101T120000Z",
        "fraudctl publish DIR --alias experiment-7",
        "fraudctl publish DIR --sign-with release.key",
        "fraudctl publish --model model.pkl --preprocessor preprocessor.pkl --trust-pickle",
    )
)
def publish(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="What `fraudctl train` wrote.")] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A pickled XGBClassifier, or Pipeline with one, to convert."),
    ] = None,
    preprocessor: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The pickled ColumnTransformer it was fitted with."),
    ] = None,
    trust_pickle: Annotated[
        bool,
        typer.Option("--trust-pickle", help="Run what is in the pickles: whoever made them is trusted."),
    ] = False,
    alias: Annotated[str, typer.Option(help="Alias to move to it.")] = "candidate",
    sign_with: Annotated[
        Path | None, typer.Option(metavar="KEY", help="Private key to sign both artifacts with.")
    ] = None,
    accept_below_bars: Annotated[
        bool, typer.Option("--accept-below-bars", help="Also a model that failed a quality gate.")
    ] = False,
    form: Output = Form.TABLE,
) -> None:
    """Put a trained release into the registry.

    One run with figures and curves, and both artifacts. Pickles are converted once, in a process of their
    own, into artifacts that hold none. Checked first: the golden rows by the code that serves, the compiled
    features, quality gates, and what the registry has under these names. A release that is there already is
    not published again.
    """
    from fraudctl.commands.training.flows import publish_from
    from fraudctl.flows.conversion import Pickles, release_to_publish

    pickles = Pickles(model, preprocessor, trusted=trust_pickle)
    converted = release_to_publish(folder, pickles)
    show(publish_from(converted, alias, sign_with, accepts_failed_gates=accept_below_bars), form)


@app.command(
    epilog=examples(
        "fraudctl judge production candidate",
        "fraudctl judge var/trained/A var/trained/B --sample 100000",
        "fraudctl judge production var/trained/B -o json",
    )
)
def judge(  # noqa: PLR0913, PLR0917 - the options of a command
    stable: Annotated[
        str, typer.Argument(metavar="A", help="What serves: a trained folder, or an alias or version.")
    ],
    candidate: Annotated[str, typer.Argument(metavar="B", help="What may replace it, named alike.")],
    dataset: Annotated[
        str | None,
        typer.Option(metavar="DATASET", help="Labelled payments: a folder, or name:alias of the registry."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Judge by N of the payments, in less time.")
    ] = None,
    strategy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Limits of the gates (default: docs/rollouts.md).")
    ] = None,
    form: Output = Form.TABLE,
) -> None:
    """Judge whether B may replace A.

    Starts both, lets them decide the same labelled payments, and writes record and report. Exit codes: 0 it
    may, 3 it is rejected, 4 undecided.
    """
    from fraudctl.commands.judgement import judged
    from fraudctl.flows.judge import Question

    raise typer.Exit(judged(Question(stable, candidate, dataset, sample, strategy), form))


@app.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def simulate(context: typer.Context) -> None:
    """Send held-back traffic to a running service.

    Reports what it decided, against the truth. The options are those of test_script.py.
    """
    from fraud_simulator.command import main
    from fraudctl.session import simulated_service

    raise typer.Exit(main(context.args, simulated_service(os.environ), "fraudctl simulate"))


@app.command(epilog=examples("fraudctl doctor", "fraudctl doctor -o json"))
def doctor(
    host: Host = "127.0.0.1",
    port: Port = 9090,
    grpc_port: GrpcPort = None,
    admin_port: AdminPort = None,
    form: Output = Form.TABLE,
) -> None:
    """Check this machine, and say what to do.

    Looks at Python, packages, data, disk, ports, settings, the registry and what is in production there.
    """
    from fraudctl.doctor.examination import examine
    from fraudctl.session import listening, session

    findings = examine(session(), listening(host, port, grpc_port, admin_port))
    show_all([finding.row() for finding in findings], form)
    if any(finding.failed for finding in findings):
        sys.stderr.write("error: something needs repair before the service can run here\n")
        raise typer.Exit(1)


@app.command()
def version(form: Output = Form.TABLE) -> None:
    """Show versions.

    Of the detector, of Python and of the libraries that decide results.
    """
    from fraudctl.commands.versions import versions

    show(versions(), form)
