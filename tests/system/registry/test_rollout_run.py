"""A rollout that ended, in the registry: its run, its files, what it used, and the alias of a rejection."""

from collections.abc import Callable
from pathlib import Path

import pytest
import wandb

from fraud_contract.errors import UnusableInRegistry
from fraud_registry.access.account import Account
from fraud_registry.artifacts.resolve import resolve, resolve_release
from fraud_registry.publishing.publish import publish
from fraud_registry.publishing.rollouts import log_rollout
from fraud_registry.references import REJECTED
from support.registries.by_hand import log_by_hand


def test_a_rollout_uses_both_releases_keeps_its_files_and_marks_what_was_rejected(
    account: Account, trained: Callable[[float], Path], tmp_path: Path
) -> None:
    stable, candidate = (publish(account, trained(mean)) for mean in (70.0, 80.0))
    files = [tmp_path / "r1.json", tmp_path / "r1.html"]
    for path in files:
        path.write_text("{}")
    for _ in range(2):  # again, as after a crash before it was noted
        logged = log_rollout(
            account, "r1", [stable, candidate], files, {"phase": "RolledBack"}, rejected=candidate.model
        )
    api = wandb.Api(
        overrides={"base_url": account.base_url}, api_key=account.api_key.get_secret_value(), timeout=30
    )
    run = api.run(f"local/{account.project}/r1")
    used = ["preprocessor:v0", "preprocessor:v1", "production_model:v0", "production_model:v1"]
    kept = {tuple(sorted(file.name for file in each.files())) for each in run.logged_artifacts()}
    assert used == sorted(each.name for each in run.used_artifacts())
    assert (run.job_type, kept) == ("rollout", {("r1.html", "r1.json")})
    assert "RolledBack" == run.summary["phase"]
    assert candidate.model.version == resolve_release(account, REJECTED).model.version
    assert logged.run_url.endswith("/r1")


def test_a_model_that_somebody_marked_rejected_by_hand_keeps_the_alias(
    account: Account, trained: Callable[[float], Path], tmp_path: Path
) -> None:
    log_by_hand(account, "production_model", "model", REJECTED)
    candidate = publish(account, trained(70.0))
    (tmp_path / "r2.json").write_text("{}")
    with pytest.raises(UnusableInRegistry, match="production_model:v0 cannot be used"):
        log_rollout(account, "r2", [candidate], [tmp_path / "r2.json"], {}, rejected=candidate.model)
    assert "v0" == resolve(account, "production_model", REJECTED).version
