"""One run, and several side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wandb_local.pages.artifacts import MOST_FILES, VersionName, named
from wandb_local.pages.charts.bars import Bars, bars, panels
from wandb_local.pages.charts.limits import limited, without_limits
from wandb_local.pages.charts.measured import measured, sections
from wandb_local.pages.environment import render
from wandb_local.pages.media import media_of, table_of
from wandb_local.pages.projects import TABLES_OF_RUNS, summary_of
from wandb_local.pages.values import config_of, flat, readable_time
from wandb_local.store import Store
from wandb_local.store.records import Artifact, File, Project, Run
from wandb_local.store.runs.streams import Stream

MOST_COMPARED = 8
"""Runs side by side, and lines in one chart."""

_CONSOLE_LINES = 200


def run_page(store: Store, project: Project, run: Run) -> str:
    """A run with its config, what it measured, and what it used and made."""
    found, files = measured(store, run), store.run_files.of_run(run)
    judged = limited(found.courses)
    latest = _latest_tables(run)
    return render(
        "run.html",
        run.display_name or run.name,
        ((project.entity, project.name),),
        project=project,
        run=run,
        facts=facts_of(run),
        alerts=store.alerts.of_run(run),
        limited=judged,
        heat_maps=found.heat_maps(),
        bars=_bars(store, run, files, latest),
        sections=sections({run.display_name or run.name: without_limits(found.courses, judged)}),
        summary=summary_of(run),
        config=flat(config_of(run.config)),
        media=media_of(store, sorted(files, key=lambda file: file.name not in latest.values())),
        files=files[:MOST_FILES],
        more_files=len(files[MOST_FILES:]),
        used=_versions(store, store.lineage.inputs(run)),
        logged=[made for made in _versions(store, store.lineage.outputs(run)) if made.type != TABLES_OF_RUNS],
        console="".join(store.streams.tail(run, Stream.CONSOLE, _CONSOLE_LINES)),
    )


def facts_of(run: Run) -> dict[str, str]:
    """What is known about a run; what is empty is left out."""
    facts = {
        "run id": run.name,
        "state": run.state,
        "job type": run.job_type,
        "group": run.group_name,
        "tags": ", ".join(json.loads(run.tags)),
        "commit": run.commit_hash,
        "program": run.program,
        "host": run.host,
        "started (UTC)": readable_time(run.created_at),
        "last heard of (UTC)": readable_time(run.heartbeat_at),
    }
    return {name: value for name, value in facts.items() if value}


def _versions(store: Store, artifacts: Sequence[Artifact]) -> list[VersionName]:
    return [named(store, artifact) for artifact in artifacts]


def _latest_tables(run: Run) -> dict[str, str]:
    """The file of each table that the summary names, by key: of those logged again and again, the last."""
    summary = json.loads(run.summary)
    return {
        key: str(value.get("path"))
        for key, value in summary.items()
        if isinstance(value, Mapping) and value.get("_type") == "table-file"
    }


def _bars(store: Store, run: Run, files: Sequence[File], latest: Mapping[str, str]) -> list[Bars]:
    kept = {file.name: file for file in files}
    drawn = [
        bars(panel, table_of(store, kept[latest[panel.key]]))
        for panel in panels(json.loads(run.config))
        if latest.get(panel.key) in kept
    ]
    return [each for each in drawn if each is not None]


@dataclass(frozen=True, slots=True)
class Row:
    """One key with the value of each run; `differs` when they are not all the same."""

    key: str
    values: Sequence[object]

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return any(value != self.values[0] for value in self.values)


def _rows(sides: Sequence[Mapping[str, object]]) -> list[Row]:
    keys = dict.fromkeys(key for side in sides for key in side)
    return [Row(key, [side.get(key) for side in sides]) for key in keys]


def comparison_page(store: Store, project: Project, runs: Sequence[Run]) -> str:
    """Runs side by side, what differs first to be seen."""
    labels = [f"{run.display_name} ({run.name})" if run.display_name else run.name for run in runs]
    return render(
        "comparison.html",
        f"{len(runs)} runs compared",
        ((project.entity, project.name),),
        project=project,
        runs=runs,
        facts=_rows([facts_of(run) for run in runs]),
        summary=_rows([summary_of(run) for run in runs]),
        config=_rows([flat(config_of(run.config)) for run in runs]),
        sections=sections(dict(zip(labels, (measured(store, run).courses for run in runs), strict=True))),
    )
