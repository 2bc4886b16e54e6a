"""The report is a page that a committee can be sent: whole, self-contained, and about this record."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.details import MOST_PAIRS, ChangedFact, Details
from fraud_rollout.records.files import RecordFiles
from fraud_rollout.report.page import LARGEST, page
from fraud_rollout.report.process import ReportFailed, write_report
from support.rollouts.promoted import ACCEPTED_BY, Labelled, Story
from support.rollouts.records import record

OUTLINE = Path(__file__).with_name("report_outline.txt")
VOID = {"meta", "line", "polyline", "polygon", "circle", "br"}


class Outline(HTMLParser):
    """Headings, table heads with their number of rows, pictures; and that all tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self._text: list[str] = []
        self._rows = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attributes if name in {"href", "src", "xlink:href"}]
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "th", "figcaption"}:
            self._text = []
        self._rows = 0 if tag == "tbody" else self._rows + (tag == "tr")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        del tag, attributes

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()
        text = " ".join("".join(self._text).split())
        if tag in {"h1", "h2"}:
            self.lines.append(f"{tag} {text}")
        elif tag == "th":
            self.lines.append(f"    column {text}")
        elif tag == "tbody":
            self.lines.append(f"    rows {self._rows}")
        elif tag == "figcaption":
            self.lines.append(f"    picture {text}")


def outline(text: str) -> Outline:
    parsed = Outline()
    parsed.feed(text)
    parsed.close()
    return parsed


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return Labelled.made()


@pytest.fixture(scope="module")
def promoted(labelled: Labelled) -> Record:
    return Story(labelled).run()


@pytest.fixture(scope="module")
def text(promoted: Record, labelled: Labelled) -> str:
    return page(promoted, labelled.details())


def test_its_structure(text: str) -> None:
    """Written anew by deleting the file; look at the page then."""
    found = "\n".join(outline(text).lines) + "\n"
    if not OUTLINE.exists():
        OUTLINE.write_text(found)
    assert OUTLINE.read_text() == found


def test_all_its_tags_are_closed_and_it_asks_for_nothing(text: str) -> None:
    parsed = outline(text)
    assert ([], []) == (parsed.open, parsed.addresses)
    assert not re.search(r"<script|<iframe|<img|@import|url\(|https?://|javascript:", text)


def test_equal_records_give_equal_pages(promoted: Record, labelled: Labelled, text: str) -> None:
    assert text == page(Record.from_json(promoted.to_json()), labelled.details())


def test_the_report_states_outcome_and_actors(text: str, promoted: Record) -> None:
    assert Phase.PROMOTED is promoted.phase
    assert "fraud-bbbbbbbb was promoted and has replaced fraud-aaaaaaaa: every gate passed" in text
    assert 2 == text.count(f'<td class="label">{ACCEPTED_BY}</td>')
    assert "live 18 of 24 h" in text
    assert promoted.evidence_digest in text


def test_what_people_write_is_text(text: str) -> None:
    assert "noon &lt;not before&gt;" in text
    assert "<not before>" not in text


def test_the_largest_one_is_small_enough(promoted: Record) -> None:
    many = Labelled.made(60_000, noise=0.5)
    details = many.details()
    assert MOST_PAIRS == len(details.pairs.amounts)
    assert len(page(promoted, details).encode()) < LARGEST


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "is being judged; it has 0 % of the traffic: nothing was judged yet."),
        (
            {"phase": Phase.ROLLED_BACK, "reason": "cost  FAIL  +16 % of stable's expected cost"},
            "was rolled back; fraud-aaaaaaaa serves all traffic: gate cost says FAIL, +16 %",
        ),
        ({"phase": Phase.HELD, "reason": "paused by x"}, "is held and needs a person"),
        ({"phase": Phase.HELD, "reason": "paused by \x1b[2J\nx"}, "paused by �[2J x."),
        ({"phase": Phase.FAILED, "reason": "image not found"}, "never became ready"),
        ({"stable": None}, "May fraud-bbbbbbbb replace approving everything?"),
    ],
    ids=["begun", "rolled back", "held", "escapes", "failed", "first"],
)
def test_records_of_little_evidence_have_a_page_too(changes: dict[str, Any], said: str) -> None:
    text = page(record(**changes), Details()).replace("&#39;", "'")
    assert said in text
    assert [] == outline(text).open


def test_what_others_wrote_stands_in_letters_that_can_be_seen(promoted: Record, labelled: Labelled) -> None:
    hostile = "\x1b[2J\u202e<script>"
    named = promoted.candidate.model_copy(update={"name": hostile, "digest": hostile})
    changed = promoted.model_copy(update={"candidate": named, "reason": f"cost  FAIL  {hostile}"})
    fact = ChangedFact(topic=hostile, name=hostile, stable=hostile, candidate=hostile)
    text = page(changed, labelled.details(changes=(fact,), command=hostile, notes=(hostile,)))
    assert "�[2J�&lt;script&gt;" in text
    assert not set("\x1b\u202e") & set(text)
    assert "<script" not in text


def test_a_process_of_its_own_writes_it(tmp_path: Path, promoted: Record, labelled: Labelled) -> None:
    files = RecordFiles(tmp_path)
    saved = files.save(promoted.model_copy(update={"version": 0}))
    files.save_details(saved.id, labelled.details())
    path = write_report(tmp_path, saved.id)
    assert page(saved, labelled.details()) == path.read_text()
    with pytest.raises(ReportFailed, match="No record r2 in"):
        write_report(tmp_path, "r2")
