"""`fraudctl rollout status`: a live view on a terminal, plain lines elsewhere, or the story of a record."""

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from fraud_contract.errors import FraudError, SettingsError
from fraud_contract.plain_text import one_line
from fraud_local.envoy.admin import Admin
from fraud_local.platform.site import Site
from fraud_rollout.core.durations import described
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record, Span
from fraud_rollout.records.details import Details
from fraud_rollout.records.files import RecordFiles
from fraud_rollout.report.sentence import sentence
from fraudctl.commands.rollout.record_rows import record_row
from fraudctl.commands.rollout.steering import chosen
from fraudctl.flows.rollout.driver import JUDGED
from fraudctl.gate_table import gates
from fraudctl.output import Form, show
from fraudctl.run import Run
from fraudctl.session import session

_WIDTH: Final = 180
"""Columns where the output is no terminal."""
_LOOK: Final = 0.5
_BAR: Final = 40
_PATH: Final = (
    Phase.PREPARING,
    Phase.PREFLIGHT,
    Phase.SHADOW,
    Phase.CANARY,
    Phase.SOAK,
    Phase.PROMOTING,
    Phase.PROMOTED,
)
_ENDED: Final = (
    "the newest rollout has ended; what was published since gets its own at the next look at the registry, "
    "or at once by `fraudctl rollout start`, which names it"
)
_WEB_FONT: Final = re.compile(r"@font-face\s*\{[^}]*\}")
_HELD: Final = 4
_BACK: Final = 3
_UNDER_WAY: Final = 5


def shown(rollout: str | None, form: Form, *, watch: bool, replay: bool, svg: Path | None) -> int:
    """Show it; the exit code."""
    run = session()
    record = chosen(run, rollout)
    console = _console(svg)
    if form is Form.JSON:
        record = _watched_plainly(run, record, say=False) if watch else record
        show({**record_row(record, _details(run, record)), "served": _served(run)}, form)
    elif watch:
        if rollout is None and record.phase in ENDS:
            run.stages.note(_ENDED)
        record = _watched(run, record, console)
    elif replay:
        console.print(story(record, _details(run, record)))
    else:
        console.print(view(record, _details(run, record), _served(run)))
    if svg is not None:
        try:
            drawn = console.export_svg(title=f"fraudctl rollout status {record.id}")
            # rich names fonts of a web host; a picture of ours loads nothing.
            svg.write_text(_WEB_FONT.sub("", drawn))
        except OSError as error:
            raise SettingsError(f"--svg {svg} cannot be written: {error.strerror}.") from None
    return 0 if record.id.startswith(JUDGED) else exit_code(record)


def exit_code(record: Record) -> int:
    """0 promoted, 3 on the way back or ended otherwise, 4 held, 5 under way."""
    if record.phase is Phase.PROMOTED:
        return 0
    if record.phase is Phase.HELD:
        return _HELD
    return _BACK if record.phase in ENDS or record.phase is Phase.ROLLING_BACK else _UNDER_WAY


def view(record: Record, details: Details, served: dict[str, int]) -> RenderableType:
    """Phase, weights wanted and served, and every gate."""
    wanted = record.spans[-1].weight if record.spans else 0
    return Group(
        Text.assemble(("rollout  ", "dim"), record.id),
        _releases(record),
        _phases(record),
        Text.assemble(("wanted   ", "dim"), _bar(wanted)),
        Text.assemble(
            ("served   ", "dim"), _bar(served.get(record.candidate.name, 0)) if served else "unknown"
        ),
        Text.assemble(("time     ", "dim"), described(record)),
        Text(),
        gates(record, details),
        Text(),
        Text(sentence(record, details)),
    )


def story(record: Record, details: Details) -> RenderableType:
    """Each stay in a phase with its seconds, then every gate."""
    lines = [_as_text(span, record.created) for span in record.spans]
    return Group(
        Text.assemble(("rollout  ", "dim"), record.id),
        _releases(record),
        Text(),
        *lines,
        Text(),
        gates(record, details),
        Text(),
        Text(sentence(record, details)),
    )


def _releases(record: Record) -> Text:
    stable = one_line(record.stable.name) if record.stable else "nothing yet"
    candidate = (one_line(record.candidate.name), "bold")
    return Text.assemble(("releases ", "dim"), stable, " -> ", candidate)


def _as_text(span: Span, since: datetime) -> Text:
    at = (span.begun - since).total_seconds()
    style = "green" if span.phase is Phase.PROMOTED else "red" if span.phase in _ON_THE_WAY_BACK else "bold"
    return Text.assemble(
        (f"{at:7.1f} s  ", "dim"),
        (f"{span.phase:<12}", style),
        _bar(span.weight),
        "  ",
        one_line(span.reason),
    )


_ON_THE_WAY_BACK: Final = frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED})


def _phases(record: Record) -> Text:
    seen = {span.phase for span in record.spans}
    parts = [("phases   ", "dim")]
    for phase in _PATH:
        style = "bold cyan" if phase is record.phase else "green" if phase in seen else "dim"
        parts += [(str(phase), style), ("  ", "")]
    if record.phase not in _PATH:
        parts.append((str(record.phase), "bold red" if record.phase in _ON_THE_WAY_BACK else "bold yellow"))
    return Text.assemble(*parts)


def _bar(percent: int) -> Text:
    full = round(_BAR * percent / 100)
    return Text.assemble(("━" * full, "cyan"), ("━" * (_BAR - full), "dim"), f" {percent:3} %")


def _watched(run: Run, record: Record, console: Console) -> Record:
    if not console.is_terminal:
        return _watched_plainly(run, record, say=True)
    with Live(
        view(record, _details(run, record), _served(run)), console=console, refresh_per_second=4
    ) as live:
        while not _settled(record):
            time.sleep(_LOOK)
            record = chosen(run, record.id)
            live.update(view(record, _details(run, record), _served(run)))
    return record


def _watched_plainly(run: Run, record: Record, *, say: bool) -> Record:
    """A line for each change of phase, weight or reason."""
    said = ""
    while True:
        weight = record.spans[-1].weight if record.spans else 0
        line = f"{record.id}  {record.phase}  {weight} %  {one_line(record.reason)}"
        if say and line != said:
            sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S}  {line}\n")
            sys.stdout.flush()
            said = line
        if _settled(record):
            return record
        time.sleep(_LOOK)
        record = chosen(run, record.id)


def _settled(record: Record) -> bool:
    return record.phase in ENDS or record.phase is Phase.HELD


def _details(run: Run, record: Record) -> Details:
    return RecordFiles(run.workspace.rollouts).load_details(record.id)


def _served(run: Run) -> dict[str, int]:
    """Percent by release, as Envoy serves them; empty where it does not run."""
    try:
        return Admin(Site.read(run.workspace.platform / "site.json").admin).weights()
    except FraudError:
        return {}


def _console(svg: Path | None) -> Console:
    console = Console(record=svg is not None)
    if not console.is_terminal:
        console.width = _WIDTH
    return console
