"""`fraudctl serve --follow`: what is in production behind Envoy, and each new candidate through a rollout."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import UNREGISTERED
from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.errors import ArtifactUntrusted, FraudError, NotInRegistry, RegistryUnavailable
from fraud_contract.plain_text import one_line
from fraud_local.endpoint import Listening
from fraud_local.environment import require_pair_settings
from fraud_local.envoy.proxy import binary
from fraud_local.folders import Folders
from fraud_local.lock import only_one
from fraud_local.monitoring import monitored, read_monitor_settings
from fraud_local.platform.candidates import Candidates, Offer, OfferAnswer
from fraud_local.platform.site import Site
from fraud_local.registry import Registry, opened
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.references import CANDIDATE
from fraud_registry.worker.connection import Connection
from fraud_rollout.core.state.phase import ENDS
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.found_release import FoundRelease
from fraudctl.flows.labelled_payments import LabelledPaymentsMissing, payments_of
from fraudctl.flows.release import folders_of, require_trusted
from fraudctl.flows.rollout.driver import RolloutRefused, Rollouts, envoy_runs, installations_of, stopping
from fraudctl.flows.rollout.registry_aliases import RegistryAliases
from fraudctl.flows.rollout.runs import RolloutRuns
from fraudctl.flows.serve import production_folders
from fraudctl.run import Run

if TYPE_CHECKING:
    from fraud_registry.references import ReleasePins

COMMAND: Final = "fraudctl serve --follow"
BUSY: Final = 0.25
"""Seconds between two reconciliations while a rollout runs."""
_IDLE: Final = 2.0


def follow(
    run: Run, listening: Listening, strategy: Strategy, signer: SigningKey | None, poll: float
) -> NoReturn:
    """Serve, judge and move until Ctrl-C; then everything that was started is stopped.

    With a `signer` the records of rollouts that end are signed before they are kept in the registry. Between
    two looks at the alias `candidate` lie `poll` seconds; each starts the SDK for a second or two.

    Raises:
        ProxyMissing: Envoy is not installed.
        AlreadyRunning: another run works in this workspace.
        PortInUse: another process has the port.
        FraudError: what is in production cannot be served.
    """
    require_pair_settings(run.environ)
    read_monitor_settings(run.environ, run.workspace)
    with only_one(run.workspace.lock, COMMAND):
        _require_startable(run, listening)
        with (
            opened(run.workspace, run.environ) as registry,
            following(run, listening, registry, partial(labelled_payments, run)) as rollouts,
        ):
            found = FoundRelease.load(production_folders(registry, run))
            with run.stages.stage("Start") as stage:
                rollouts.serve(found)
                stage.result = f"{found.release.name} on {rollouts.site.url}, HTTP and gRPC"
            Follower(run, registry, rollouts, strategy, poll, signer).drive()


def _require_startable(run: Run, listening: Listening) -> None:
    """Raise before anything is started: without Envoy, or where somebody else listens on the port."""
    binary()
    if not envoy_runs(run.workspace):
        listening.require_free()


def labelled_payments(run: Run, fingerprints: frozenset[str]) -> Dataset | None:
    """Those that the releases of a rollout were measured by; where there are none, the log says why."""
    try:
        with run.connecting() as connect:
            return payments_of(fingerprints, run, connect)
    except LabelledPaymentsMissing as error:
        run.stages.warn(error.message)
        return None


@contextmanager
def following(
    run: Run, listening: Listening, registry: Registry, dataset: Callable[[frozenset[str]], Dataset | None]
) -> Iterator[Rollouts]:
    """The rollouts of this workspace, whose releases and Envoy end with the block."""
    site = Site.open(run.workspace.platform / "site.json", listening.host, listening.http)
    alias_store = RegistryAliases(
        registry.account,
        installations_of(run.workspace),
        RecordFiles(run.workspace.rollouts),
        run.workspace.production,
    )
    rollouts = Rollouts(run, site, alias_store, cache(dataset))
    with ExitStack() as stack:
        end_monitor = stack.enter_context(monitored(run.environ, run.workspace, site.token))
        stack.enter_context(stopping(rollouts))
        stack.callback(end_monitor)
        yield rollouts


@dataclass
class Follower:
    """Looks for candidates and drives their rollouts."""

    run: Run
    registry: Registry
    rollouts: Rollouts
    strategy: Strategy
    poll: float
    signer: SigningKey | None = None

    def __post_init__(self) -> None:
        self._candidates = Candidates(self.run.workspace.rollouts / "candidates")
        self._published: FoundRelease | None = None
        self._seen: ReleasePins | None = None
        self._looked_at: Mapping[Path, int] = {}
        self._said = ""
        self._problems: dict[str, str] = {}
        """Of each step, as last said."""

    def drive(self) -> NoReturn:
        """Reconcile for ever."""
        threading.Thread(target=self._watch, name="candidates", daemon=True).start()
        while True:
            begun = time.monotonic()
            record = self.reconcile()
            pause = _IDLE if record is None or record.phase in ENDS else BUSY
            time.sleep(max(0.0, begun + pause - time.monotonic()))

    def reconcile(self) -> Record | None:
        """Offers of people, published candidates, then the rollout, once each."""
        self._outlived(self._begin_offered)
        self._outlived(self._begin_published)
        record = self._reconciled()
        self._say(record)
        return record

    def _reconciled(self) -> Record | None:
        """The record after it, and a warning where Envoy has to be started again."""
        if not self.rollouts.found():
            self.run.stages.warn("Envoy does not run, so callers get no answer; it is started again.")
        return self._outlived(self.rollouts.reconcile)

    def _begin_offered(self) -> None:
        for offer in self._candidates.open():
            answer = self._begun(offer)
            if answer is not None:
                self._candidates.answer(offer, answer)

    def _begin_published(self) -> None:
        published, self._published = self._published, None
        if published is not None:
            answer = self._begun(Offer.of(published.folders))
            if answer is not None and answer.refusal:
                self.run.stages.note(answer.refusal)

    def _outlived[Done](self, step: Callable[[], Done]) -> Done | None:
        """What `step` gives. A full disk, a damaged record, or a defect of ours ends no service."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - what serves must outlive what judges
            text = error.message if isinstance(error, FraudError) else f"{type(error).__name__}: {error}"
            if text != self._problems.get(step.__name__):
                self._problems[step.__name__] = text
                self.run.stages.warn(f"The rollout stands still: {text}")
            return None

    def _begun(self, offer: Offer) -> OfferAnswer | None:
        """What became of the offer; None while the rollout before it is being ended."""
        folders, strategy = Folders(offer.model, offer.preprocessor), offer.strategy or self.strategy
        try:
            candidate = FoundRelease.load(folders)
            require_trusted(folders, self.run)
            if candidate.model.version == UNREGISTERED:
                return OfferAnswer(
                    refusal=f"{folders.model} is in no registry. Publish it: fraudctl publish DIR"
                )
            installed = self.rollouts.install(candidate)
            if offer.rollback is not None:
                begun = self.rollouts.roll_back(installed, offer.rollback, strategy)
            else:
                begun = self.rollouts.start(installed, strategy, again=offer.again)
        except RolloutRefused as refused:
            return OfferAnswer(refusal=refused.message)
        except FraudError as error:
            return OfferAnswer(refusal=f"No rollout: {error.message}")
        return None if begun is None else OfferAnswer(rollout=begun.id)

    def _watch(self) -> NoReturn:
        runs, warned = RolloutRuns(self.registry, self.rollouts, self.run.workspace, self.signer), ""
        while True:
            problems = (
                problem_in(self._look, "No rollout of the candidate"),
                problem_in(runs.log_ended, "An ended rollout is not in the registry yet"),
            )
            problem = next(filter(None, problems), "")
            if problem and problem != warned:
                self.run.stages.warn(problem)
            warned = problem
            time.sleep(self.poll)

    def _look(self) -> None:
        content = self._content()
        if content and content == self._looked_at:
            return
        with Connection(self.registry.account) as connection:
            try:
                pins = resolve_release(connection, CANDIDATE)
            except NotInRegistry:
                self._looked_at = content
                return
            if pins == self._seen:
                self._looked_at = content
                return
            found = FoundRelease.load(folders_of(connection, pins, self.run))
        try:
            require_trusted(found.folders, self.run)
        except ArtifactUntrusted:  # said once; what is published after it is looked at again
            self._seen, self._looked_at = pins, content
            raise
        running = self.rollouts.latest()
        if running is not None and running.phase not in ENDS and running.candidate != found.release:
            self.rollouts.supersede(found.release)
        else:
            self._seen, self._published, self._looked_at = pins, found, content

    def _content(self) -> Mapping[Path, int]:
        """When an embedded registry's files were written last; empty for another, which is asked each time.

        Asking starts the SDK, a second of CPU or two.
        """
        if self.registry.key_file is None:
            return {}
        files = (each for each in self.registry.key_file.parent.iterdir() if each.is_file())
        return {each: each.stat().st_mtime_ns for each in files}

    def _say(self, record: Record | None) -> None:
        if record is None:
            return
        text = described(record)
        if text != self._said:
            self._said = text
            self.run.stages.note(text)


def problem_in(look: Callable[[], None], what: str) -> str:
    """Why `look` failed, for people; empty if it did not."""
    try:
        look()
    except RegistryUnavailable as error:
        return f"{error.message} Serving goes on; the registry is asked again."
    except FraudError as error:
        return f"{what}: {error.message} Serving goes on."
    except OSError as error:  # a full disk ends no service
        return f"{what}: {error}. Serving goes on."
    return ""


def described(record: Record) -> str:
    """Where a rollout stands, in one line."""
    return f"{one_line(record.candidate.name)}  {record.phase}: {one_line(record.reason)}"
