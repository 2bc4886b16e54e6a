"""Pods that answer slowly, at length or with garbage, and clocks that are set back: windows go on."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fraud_monitor.core import names
from fraud_monitor.sources.scraping import Scraper
from fraud_registry.access.account import Account
from support.pods import Answer, Pod, page, says, served, target
from support.watching import Watching, settings_for

AWAY = Account.model_validate({"base_url": "http://127.0.0.1:1", "api_key": "0" * 40})
HOUR = 3_600.0


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for as long as anybody listens."""
    while True:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: "[:1])
        time.sleep(0.5)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"# nothing of use\n" * 4_096)


@pytest.fixture
def pod() -> Pod:
    return Pod()


@pytest.fixture
def watching(pod: Pod, tmp_path: Path) -> Iterator[Watching]:
    with served(pod) as address:
        yield Watching(settings_for(tmp_path, target(address, tmp_path)), AWAY)


def counted(watching: Watching) -> list[float]:
    """Payments of each window that waits."""
    rows = watching.monitor.watches["r1"].spool.next(100)
    return [each.row.figures["decisions/total"] for each in rows]


@pytest.mark.parametrize(
    "answer",
    [
        drips,
        endless,
        says("{}"),
        says("fraud_requests_total nan\n"),
        says("\n".join(f'fraud_requests_total{{route="{each}"}} 1' for each in range(30_000))),
    ],
    ids=["a byte now and then", "more than fits", "no metrics", "no number", "too many series"],
)
def test_a_pod_that_answers_no_usable_page_is_away(pod: Pod, answer: Answer) -> None:
    pod.answer = answer
    with served(pod) as address, Scraper() as scraper:
        assert (1, {}) == ((found := scraper.scrape(address, names.READ)).away, found.pages)


@pytest.mark.parametrize("odd", [page(5, status="fine"), page(5, bound="half"), page(5, bound="-1")])
def test_a_window_of_odd_labels_is_left_out_and_the_next_one_counts(
    pod: Pod, watching: Watching, odd: str
) -> None:
    watching.turn()
    pod.answer = says(odd)
    watching.turn(60)
    pod.answer = says(page(12))
    watching.turn(60)
    assert [7] == counted(watching)[-1:]


def test_windows_go_on_at_once_when_the_clock_is_set_back(pod: Pod, watching: Watching) -> None:
    watching.moment += 2 * HOUR  # so that an hour before lies in the same week
    watching.turn()
    pod.answer = says(page(5))
    watching.turn(60)
    pod.answer = says(page(7))
    watching.turn(-HOUR)
    pod.answer = says(page(9))
    watching.turn(60)
    assert [5, 4] == counted(watching)


def test_a_monitor_that_dies_between_a_window_and_its_row_counts_it_once(
    pod: Pod, watching: Watching, tmp_path: Path
) -> None:
    watching.turn()
    pod.answer = says(page(5))
    watching.turn(60)
    rows = tmp_path / "state" / "r1" / "rows"
    [row] = rows.iterdir()
    row.unlink()  # as where it died before it was written
    again = Watching(watching.monitor.settings, AWAY, watching.moment)
    pod.answer = says(page(6))
    again.turn(60)
    assert [5, 1] == counted(again)
    once_more = Watching(watching.monitor.settings, AWAY, again.moment)  # where it was written
    once_more.turn()
    assert [5, 1] == counted(once_more)
