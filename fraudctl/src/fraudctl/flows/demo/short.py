"""`fraudctl demo`: the whole path on this machine, from data to decisions, and a report of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from fraud_local.endpoint import Endpoint, Listening
from fraud_local.environment import require_pair_settings
from fraud_local.folders import Folders
from fraud_local.lock import only_one
from fraud_local.pair import Pair, running
from fraud_registry.references import ReleasePins
from fraud_registry.worker.connection import Connection
from fraud_training.plan.effort import Effort
from fraudctl.flows.demo.example import answer
from fraudctl.flows.demo.report import DemoReport
from fraudctl.flows.demo.traffic import send_traffic
from fraudctl.flows.release import (
    fetch_release,
    in_production,
    is_quick,
    named,
    open_registry,
    output_folder,
    promote_release,
    publish_candidate,
    train_release,
)
from fraudctl.run import Run


def demo(run: Run, listening: Listening, then: Callable[[DemoReport, Pair], None]) -> None:
    """Train quickly, publish, fetch, serve, send traffic; `then` is called while the release is served.

    Whatever happens, everything that was started is stopped at the end, the last started first.

    Raises:
        SettingsError: a `FRAUD_*` cannot be honoured; nothing was started.
        AlreadyRunning: another run works in this workspace.
        PortInUse: nothing was started.
        FraudError: a stage failed.
    """
    require_pair_settings(run.environ)
    with only_one(run.workspace.lock, "fraudctl demo"):
        listening.require_free()
        with open_registry(run) as registry:
            with Connection(registry.account) as connection:
                # Before minutes of work: one that cannot be used is an error.
                current = in_production(connection)
                trained = train_release(Effort.QUICK, output_folder(run.workspace), run)
                published = publish_candidate(connection, trained.folder, run)
                _promote_unless_better(connection, current, published, run)
                folders = fetch_release(connection, published, run)
            endpoint = Endpoint.choose(listening)
            with _served(folders, endpoint, run) as pair:
                summary = send_traffic(endpoint.url, run.stages)
                shown = answer(endpoint.url)
                then(DemoReport(endpoint, registry, published, trained, summary, shown), pair)


def _promote_unless_better(
    connection: Connection, current: ReleasePins | None, pins: ReleasePins, run: Run
) -> None:
    """A quickly trained release never replaces a fully trained one, least of all on a W&B account."""
    if current is None or is_quick(current):
        promote_release(connection, pins, "demo", run)
    else:
        run.stages.note(f"{named(current)} stays in production: it was trained fully, this one quickly")


@contextmanager
def _served(folders: Folders, endpoint: Endpoint, run: Run) -> Iterator[Pair]:
    with ExitStack() as stack:
        with run.stages.stage("Start") as stage:
            pair = stack.enter_context(running(folders, endpoint, run.environ, run.workspace.logs))
            stage.result = f"transformer on {endpoint.url}, predictor behind it; both ready"
        run.stages.note("no monitor: this ends before its first window; `fraudctl serve` and `demo` have one")
        yield pair
