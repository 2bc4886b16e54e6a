"""`fraudctl demo`: a release serves live traffic, and three candidates come; one is good."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.errors import FraudError
from fraud_local.endpoint import Listening
from fraud_local.environment import require_pair_settings
from fraud_local.envoy.proxy import binary
from fraud_local.lock import only_one
from fraud_local.monitoring import read_monitor_settings
from fraud_local.platform.installation import PREDICTOR
from fraud_local.registry import Registry
from fraud_processes.errors import LocalError
from fraud_registry.references import ReleasePins
from fraud_registry.worker.connection import Connection
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.report.process import write_report
from fraud_simulator.figures import Summary
from fraudctl.flows.dataset import evaluation_data
from fraudctl.flows.demo.example import curl
from fraudctl.flows.demo.live_traffic import LiveTraffic, live_traffic
from fraudctl.flows.found_release import FoundRelease
from fraudctl.flows.release import (
    folders_of,
    in_production,
    is_quick,
    named,
    open_registry,
    output_folder,
    promote_release,
    publish_candidate,
)
from fraudctl.flows.rollout.driver import Rollouts
from fraudctl.flows.rollout.follow import BUSY, following
from fraudctl.flows.rollout.runs import RolloutRuns
from fraudctl.run import Run

_FEW_TREES: Final = 25
"""Of the release that serves first: a third of what quick training gives, so that the next is better."""
_SLOW: Final = ("-m", "fraud_local.platform.slow_predictor")
_ROWS: Final = 50_000
"""Consecutive labelled payments that candidates are judged by; the default is all 262,045."""
_PATIENCE: Final = 1_200.0
"""Seconds for one rollout: a bound for one that hangs; some fifteen on an idle laptop."""


@dataclass(frozen=True)
class Story:
    """One candidate and what became of it."""

    title: str
    expected: Phase
    """Where its rollout should end."""
    record: Record
    requests: int
    """That it answered."""
    seconds: float
    report: Path
    run: str = ""
    """Where the registry has it; empty if it did not get there."""


@dataclass(frozen=True)
class DemoResult:
    """What a demo shows at its end."""

    url: str
    registry: Registry
    stories: tuple[Story, ...]
    traffic: Summary


def rollout_demo(run: Run, listening: Listening, then: Callable[[DemoResult, Rollouts], None]) -> None:
    """Serve, send traffic, publish three candidates and see what becomes of each; `then` while it serves.

    Whatever happens, everything that was started is stopped at the end.

    Raises:
        ProxyMissing: Envoy is not installed.
        AlreadyRunning: another run works in this workspace.
        PortInUse: nothing was started.
        FraudError: a stage failed.
    """
    require_pair_settings(run.environ)
    # Windows as short as they may be, each in W&B at once, since all of it lasts for a minute and a half.
    run = replace(run, environ={"FRAUD_MONITOR_INTERVAL": "30", "FRAUD_MONITOR_BATCH": "1", **run.environ})
    read_monitor_settings(run.environ, run.workspace)
    binary()
    with ExitStack() as stack:
        stack.enter_context(only_one(run.workspace.lock, "fraudctl demo"))
        listening.require_free()
        registry = stack.enter_context(open_registry(run))
        rollouts = stack.enter_context(following(run, listening, registry, lambda _: _dataset(run)))
        runs = RolloutRuns(registry, rollouts, run.workspace)
        logging = stack.enter_context(_in_background())
        demo = _Demo(run, registry, rollouts, output_folder(run.workspace), runs, logging)
        demo.serve()
        traffic = stack.enter_context(live_traffic(rollouts.site.url))
        run.stages.note(f"payments are sent from now on; try: {curl(rollouts.site.url)}")
        better = demo.train("Train a better one", None)
        from fraud_training.release.faulty import rotate_categories  # as late as training's own imports

        stories = (
            demo.run_candidate("better: more trees", Phase.PROMOTED, better, traffic),
            demo.run_candidate(
                "category columns rotated",
                Phase.ROLLED_BACK,
                demo.made(rotate_categories, better, "rotated"),
                traffic,
            ),
            demo.run_candidate(
                "slow under traffic", Phase.ROLLED_BACK, demo.made(_noted, better, "slow"), traffic, _SLOW
            ),
        )
        result = DemoResult(rollouts.site.url, registry, demo.logged(stories), traffic.summary)
        then(result, rollouts)


@contextmanager
def _in_background() -> Iterator[ThreadPoolExecutor]:
    """One thread; what waits for it is dropped at the end of the block."""
    pool = ThreadPoolExecutor(1, "runs")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def demo_strategy() -> Strategy:
    """The limits that the demo judges by."""
    return Strategy.read(files("fraudctl.flows.demo").joinpath("strategy.yaml").read_text(), "strategy.yaml")


@dataclass
class _Demo:
    run: Run
    registry: Registry
    rollouts: Rollouts
    folder: Path
    """Of all that is trained or made here."""
    runs: RolloutRuns
    logging: Executor
    """Logs a rollout that ended while the next one goes on."""

    def serve(self) -> None:
        """Train a modest release, publish and promote it, and have it serve behind Envoy."""
        with Connection(self.registry.account) as connection:
            current = in_production(connection)
            trained = self.train("Train quickly", _FEW_TREES)
            published = self._published(trained, connection)
            if current is None or is_quick(current):
                promote_release(connection, published, "demo", self.run)
            else:
                self.run.stages.note(
                    f"{named(current)} stays in production: it was trained fully, this one quickly"
                )
            found = FoundRelease.load(folders_of(connection, published, self.run))
        with self.run.stages.stage("Start") as stage:
            self.rollouts.serve(found)
            stage.result = f"{found.release.name} behind Envoy on {self.rollouts.site.url}, HTTP and gRPC"

    def train(self, title: str, rounds: int | None) -> Path:
        """A folder with a quickly trained release of at most so many trees; traffic goes on meanwhile."""
        with self.run.stages.stage(title) as stage:
            # The imports take seconds, which belong to this stage.
            from fraud_training.plan.plan import Plan
            from fraudctl.flows.training import trained

            target = self.folder.with_name(f"{self.folder.name}-{rounds or 'better'}")
            plan = Plan.quick()
            if rounds is not None:
                plan = plan.model_copy(update={"rounds": rounds})
            release = trained(plan, target, stage)
            precision = release.summary["evaluation/average_precision"]
            stage.result = f"average precision {precision:.3f} on later data"
        return target

    def made(self, fault: Callable[[Path, Path], None], sound: Path, name: str) -> Path:
        """A folder with a copy of the release in `sound` that has the fault."""
        target = self.folder.with_name(f"{self.folder.name}-{name}")
        fault(sound, target)
        return target

    def run_candidate(
        self,
        title: str,
        expected: Phase,
        folder: Path,
        traffic: LiveTraffic,
        predictor: tuple[str, ...] = PREDICTOR,
    ) -> Story:
        """Publish the candidate and follow its rollout to the end."""
        with Connection(self.registry.account) as connection:
            published = self._published(folder, connection)
            found = FoundRelease.load(folders_of(connection, published, self.run))
        with self.run.stages.stage(f"Candidate {published.model.version}") as stage:
            begun = time.monotonic()
            installed = self.rollouts.install(found, predictor)
            record = self.rollouts.start(installed, demo_strategy(), again=True)
            reported = None
            while record.phase not in ENDS:
                if time.monotonic() - begun > _PATIENCE:
                    raise LocalError(f"The rollout of {title} is {record.phase} still: {record.reason}")
                began = time.monotonic()
                record = self.rollouts.reconcile() or record
                if (record.phase, record.step) != reported:
                    reported = record.phase, record.step
                    stage.stage(
                        f"{record.phase}: {record.reason}; {traffic.summary.requests:,} payments sent"
                    )
                time.sleep(max(0.0, began + BUSY - time.monotonic()))
            requests = self.rollouts.requests_of(installed.name)
            report = write_report(self.run.workspace.rollouts, record.id)
            end = "promoted" if record.phase is Phase.PROMOTED else "taken back"
            stage.result = f"{title}: {end}"
        self.logging.submit(self._log)
        return Story(title, expected, record, requests, time.monotonic() - begun, report)

    def logged(self, stories: tuple[Story, ...]) -> tuple[Story, ...]:
        """The stories with their runs, once those are in the registry."""
        with self.run.stages.stage("Log rollouts") as stage:
            self.logging.submit(self._log).result()
            told = tuple(replace(each, run=self.runs.url(each.record.id)) for each in stories)
            stage.result = f"{sum(bool(each.run) for each in told)} of {len(told)} in the {self.registry}"
        return told

    def _log(self) -> None:
        """A registry that is away does not spoil a demo: `fraudctl serve --follow` logs what is missing."""
        try:
            self.runs.log_ended()
        except FraudError as error:
            self.run.stages.warn(f"A rollout is not in the registry: {error.message}")

    def _published(self, folder: Path, connection: Connection) -> ReleasePins:
        published = publish_candidate(connection, folder, self.run)
        pins = ReleasePins(model=published.model, preprocessor=published.preprocessor)
        self.runs.pins[pins.model.version] = pins
        return pins


def _noted(sound: Path, target: Path) -> None:
    from fraud_training.release.faulty import copy_with_note  # same

    copy_with_note(sound, target, "the same trees, on a machine that is too small")


def _dataset(run: Run) -> Dataset:
    """The first rows of the evaluation window."""
    whole = evaluation_data(run)
    columns = ("amounts", "hours", "days", "categories", "fraud")
    return replace(whole, **{name: getattr(whole, name)[:_ROWS] for name in columns})
