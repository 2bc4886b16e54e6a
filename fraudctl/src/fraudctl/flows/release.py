"""From data to a fetched release, step by step; what `demo` and `serve` have in common."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fraud_contract.artifacts.loading import Origin
from fraud_contract.artifacts.manifest import ORIGIN
from fraud_contract.artifacts.signatures import require_signed
from fraud_contract.errors import NotInRegistry
from fraud_local.folders import Folders
from fraud_local.person import person
from fraud_local.production import LastProduction
from fraud_local.registry import Registry
from fraud_local.workspace import Workspace
from fraud_registry.access.probe import default_entity
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.artifacts.trust import trusted_keys
from fraud_registry.publishing.promote import promote
from fraud_registry.publishing.publish import publish
from fraud_registry.records.metadata import QUICK
from fraud_registry.records.moves import Reason
from fraud_registry.references import CANDIDATE, PRODUCTION, Published, ReleasePins
from fraud_registry.worker.connection import Access
from fraud_training.plan.effort import Effort
from fraudctl.flows.publication import require_publishable
from fraudctl.run import Run

if TYPE_CHECKING:
    from fraud_training.train import TrainedRelease


def output_folder(workspace: Workspace) -> Path:
    """A folder of its own for a training run, named by the time."""
    return workspace.trained / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def train_release(effort: Effort, output: Path, run: Run) -> "TrainedRelease":
    """A freshly trained release at `output`, a new folder."""
    with run.stages.stage("Train quickly" if effort is Effort.QUICK else "Train") as stage:
        # The imports take seconds, which belong to this stage.
        from fraud_training.plan.plan import Plan
        from fraudctl.flows.training import trained

        release = trained(Plan.of(effort), output, stage)
        stage.result = described(release.summary)
    return release


def described(summary: Mapping[str, float]) -> str:
    """The two figures that people ask for first."""
    area, precision = (summary[f"evaluation/{name}"] for name in ("roc_auc", "average_precision"))
    return f"on later data: ROC AUC {area:.4f}, average precision {precision:.3f}"


@contextmanager
def open_registry(run: Run) -> Iterator[Registry]:
    """The registry of this workspace, while it is needed.

    Raises:
        RegistryUnauthorized: the key was refused; raised now, not after minutes of training.
        RegistryUnavailable: it cannot be reached.
    """
    with ExitStack() as stack:
        with run.stages.stage("Open the registry") as stage:
            registry = stack.enter_context(run.registry())
            stage.result = f"{registry}, as {default_entity(registry.account)}"
        yield registry


def publish_candidate(access: Access, folder: Path, run: Run) -> Published:
    """Both artifacts of `folder` in the registry, at the alias `candidate`."""
    with run.stages.stage("Publish") as stage:
        require_publishable(folder, stage, accepts_failed_gates=False)
        published = publish(access, folder, (CANDIDATE,), stage)
        stage.result = f"{named(published)} as {CANDIDATE}"
    return published


def in_production(access: Access) -> ReleasePins | None:
    """The release at the alias `production`; None if there is none.

    Raises:
        UnusableInRegistry: there is one that cannot be served; to be taken for none, it would be replaced.
        RegistryError: the registry refused or went away.
    """
    try:
        return resolve_release(access, PRODUCTION)
    except NotInRegistry:
        return None


def promote_release(access: Access, pins: ReleasePins, why: str, run: Run) -> None:
    """Move the alias `production` to `pins`."""
    with run.stages.stage("Promote") as stage:
        promote(access, pins, Reason(operation="promote", by=person(), why=why), stage)
        stage.result = f"{named(pins)} in {PRODUCTION}"


def fetch_release(access: Access, pins: ReleasePins, run: Run) -> Folders:
    """The artifacts of `pins` on this disk."""
    with run.stages.stage("Fetch") as stage:
        folders = fetched(access, pins, run)
        stage.result = f"{named(pins)}, verified"
    return folders


def fetched(access: Access, pins: ReleasePins, run: Run) -> Folders:
    """Verified folders of both artifacts, remembered as the release that is served.

    Raises:
        ArtifactUntrusted: as `require_trusted` does; then what was remembered before still is.
    """
    folders = folders_of(access, pins, run)
    require_trusted(folders, run)
    LastProduction.remember(pins, run.workspace.production)
    return folders


def require_trusted_release(access: Access, pins: ReleasePins, run: Run) -> None:
    """Refuse a release that could be put into production and then be served by nobody.

    It is fetched only where public keys are configured. Raises as `require_trusted` does.
    """
    if trusted_keys(run.environ) is not None:
        require_trusted(folders_of(access, pins, run), run)


def folders_of(access: Access, pins: ReleasePins, run: Run) -> Folders:
    """Verified folders of both artifacts."""
    return Folders(
        model=fetch(access, pins.model, run.workspace.cache),
        preprocessor=fetch(access, pins.preprocessor, run.workspace.cache),
    )


def require_trusted(folders: Folders, run: Run) -> None:
    """Refuse what the processes that serve would refuse, before anything is done for it.

    Raises:
        ArtifactUntrusted: public keys are configured, and none of them signed both artifacts.
        SettingsError: what is configured is no public key.
    """
    trusted = trusted_keys(run.environ)
    for folder in (folders.model, folders.preprocessor):
        require_signed(folder, trusted, _name(folder))


def _name(folder: Path) -> str:
    """The version that was fetched into the folder; the folder itself where it came from no registry."""
    if not (folder / ORIGIN).exists():
        return str(folder)
    origin = Origin.read(folder / ORIGIN)
    return f"{origin.name}:{origin.version}"


def is_quick(pins: ReleasePins) -> bool:
    """Whether its model was trained quickly, for a demo."""
    return bool(pins.model.metadata.get(QUICK))


def named(pins: ReleasePins) -> str:
    """Both artifacts by name and version."""
    return " and ".join(f"{pin.name}:{pin.version}" for pin in (pins.model, pins.preprocessor))
