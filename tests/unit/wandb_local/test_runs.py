"""Runs and what they stream, in the store."""

import json
from datetime import timedelta

import pytest

from support.registries.local_registry import SetClock, logged, sequence, upload
from wandb_local.errors import InvalidRequestError, NotFoundError
from wandb_local.store import Store
from wandb_local.store.records import Run
from wandb_local.store.runs.streams import Stream, spread


@pytest.fixture
def run(store: Store) -> Run:
    return store.runs.create(store.projects.ensure("acme", "fraud"), "r1")


def test_a_run_that_falls_silent_has_crashed_and_may_come_back(
    store: Store, run: Run, clock: SetClock
) -> None:
    clock.pass_by(timedelta(minutes=5))
    assert store.runs.get(run.id).state == "running"
    clock.pass_by(timedelta(seconds=1))
    assert store.runs.get(run.id).state == "crashed"
    assert store.runs.update(run, {}).state == "running"
    finished = store.runs.update(run, {"state": "finished"})
    clock.pass_by(timedelta(days=1))
    assert store.runs.get(run.id).state == finished.state == "finished"


def test_only_what_clients_may_set_is_set(store: Store, run: Run) -> None:
    changed = store.runs.update(run, {"job_type": "train", "id": 99, "created_at": "never"})
    assert (changed.id, changed.job_type, changed.created_at) == (run.id, "train", run.created_at)


def test_a_line_sent_again_replaces_itself(store: Store, run: Run) -> None:
    lines = [json.dumps({"_step": step, "x": step}) for step in range(3)]
    store.streams.append(run, Stream.HISTORY, "", 0, lines)
    store.streams.append(run, Stream.HISTORY, "", 1, [lines[1], json.dumps({"_step": 2, "x": 9})])
    assert [row["x"] for row in store.streams.history(run)] == [0, 1, 9]
    assert (store.streams.last_step(run), store.streams.history_keys(run)) == (2, {"_step": 3, "x": 3})


def test_two_writers_have_positions_of_their_own(store: Store, run: Run) -> None:
    for writer in ("a", "b"):
        lines = [json.dumps({"_step": step, "by": writer}) for step in range(2)]
        store.streams.append(run, Stream.HISTORY, writer, 0, lines)
    assert [row["by"] for row in store.streams.history(run)] == ["a", "b", "a", "b"]


@pytest.mark.parametrize("line", ["{", "[1]", "1", ""])
def test_a_history_line_that_is_no_object_is_refused(store: Store, run: Run, line: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"line 7 of wandb-history\.jsonl is not a JSON object"):
        store.streams.append(run, Stream.HISTORY, "", 7, [line])


@pytest.mark.parametrize("step", [True, "x", 2**80, None, 1.5])
def test_a_line_without_a_usable_step_is_ordered_by_its_position(
    store: Store, run: Run, step: object
) -> None:
    store.streams.append(run, Stream.HISTORY, "", 5, [json.dumps({"_step": step})])
    assert store.streams.last_step(run) == 5


def test_the_console_is_kept_as_it_is(store: Store, run: Run) -> None:
    store.streams.append(run, Stream.CONSOLE, "", 0, ["not JSON {", "second"])
    assert store.streams.tail(run, Stream.CONSOLE, 5) == ["not JSON {", "second"]
    assert store.streams.count(run, Stream.CONSOLE) == 2


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, ""), (1, "e"), (2, "ae"), (3, "ace"), (4, "abce"), (5, "abcde"), (9, "abcde")]
)
def test_a_sample_is_evenly_spread_with_both_ends(limit: int, expected: str) -> None:
    assert spread("abcde", limit) == list(expected)


def test_a_later_upload_of_a_file_replaces_the_earlier(store: Store, run: Run) -> None:
    for content in (b"first", b"second!"):
        file = store.run_files.announce(run, "config.yaml")
        assert file.blob_id is not None
        upload(store, file.blob_id, content)
    store.run_files.announce(run, "never-uploaded.txt")
    assert [(file.name, file.size) for file in store.run_files.of_run(run)] == [("config.yaml", 7)]


def test_a_deleted_run_leaves_what_it_logged(store: Store, run: Run) -> None:
    model = sequence(store)
    artifact = logged(store, model, b"1", run=run)
    store.streams.append(run, Stream.HISTORY, "", 0, ["{}"])
    assert [found.id for found in store.lineage.outputs(run)] == [artifact.id]
    store.runs.delete(run)
    assert (store.artifacts.get(artifact.id).run_id, store.streams.count(run, Stream.HISTORY)) == (None, 0)
    with pytest.raises(NotFoundError):
        store.runs.get(run.id)
