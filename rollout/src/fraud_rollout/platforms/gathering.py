"""Evidence in the background: the loop goes on while payments are replayed.

One thread gathers what is desired now. What it has so far is there at any time; a new task ends it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fraud_contract.artifacts.dataset import Dataset, require_unseen
from fraud_contract.errors import FraudError
from fraud_contract.metrics.page import Page, parse
from fraud_contract.policy import costs_of
from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Evidence, Source
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.strategy.strategy import ScoreLimits, Strategy
from fraud_rollout.evidence.describe import changes_between, curves_of, moves_of
from fraud_rollout.evidence.endpoint import Endpoint
from fraud_rollout.evidence.errors import EvidenceMissing
from fraud_rollout.evidence.evaluation import answers_of
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.evidence.golden import golden_counts
from fraud_rollout.evidence.replay import Plan, Replay
from fraud_rollout.evidence.traffic import NAMES, ProxyCounts, Scrape, Traffic
from fraud_rollout.judge.answers import Payments, approving_all
from fraud_rollout.judge.evaluation import Terms, evaluate
from fraud_rollout.offline import RunningRelease
from fraud_rollout.records.details import Details

_LOOK: Final = 0.5
"""Seconds between two looks at live traffic."""
_AGAIN: Final = 1.0
"""Seconds before evidence that did not come is asked for again."""
_LAST_ANSWER: Final = 5.0
"""Seconds that an answer on its way is waited for at the end."""
_REST: Final = 1.0
"""Rest after a step of the replay, as a share of what it took: half of a pod's time is left for payments."""


@dataclass(frozen=True)
class ComparedReleases:
    """The two releases of a rollout, and where they are asked."""

    stable: RunningRelease | None
    candidate: RunningRelease
    pinned: Endpoint
    """The candidate's public route, through the proxy."""
    proxy_counts: Callable[[], ProxyCounts | None]
    """What the proxy counted for the candidate."""
    dataset: Callable[[], Dataset | None]
    """The labelled payments, read when they are needed first."""
    predictors: Callable[[Release], Mapping[str, Page]]
    """Metrics of a release's predictors by name, without those that do not answer."""

    def close(self) -> None:
        """Close the connections to both."""
        if self.stable is not None:
            self.stable.endpoint.close()
        self.candidate.endpoint.close()
        self.pinned.close()


@dataclass
class _Task:
    """What is gathered by one thread."""

    source: Source
    since: datetime
    weight: int
    strategy: Strategy
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def key(self) -> tuple[Source, datetime, int]:
        return self.source, self.since, self.weight


class Gathering:
    """Gathers evidence for one rollout; `end` ends it."""

    def __init__(self, compared: ComparedReleases, now: Callable[[], datetime]) -> None:
        self._compared = compared
        self._now = now
        self._task: _Task | None = None
        self._threads: list[threading.Thread] = []
        self._evidence: Mapping[Source, Evidence] = {}
        self._traffic_at: dict[tuple[datetime, int], Traffic] = {}
        """By when counting began and weight, the newest last: what ends a hold by itself goes on counting."""
        self._looking = threading.Lock()
        """Held from the reading of counters until they are taken in: older ones would look like a restart."""
        self._details = Details(
            changes=changes_between(
                compared.stable.model if compared.stable else None, compared.candidate.model
            )
        )
        self.problem = ""
        """Why no evidence comes; empty while it does."""

    @property
    def evidence(self) -> Mapping[Source, Evidence]:
        """What there is."""
        return self._evidence

    @property
    def details(self) -> Details:
        """What a report shows beyond the record."""
        return self._details

    def want(self, record: Record, desired: Desired, served: int | None) -> None:
        """Gather what is wanted; `served` is the candidate's weight in force."""
        source = next(iter(desired.collect), None)
        aimed = desired.weights.get(record.candidate.name, 0)
        if source is None or (source is Source.TRAFFIC and served != aimed):
            self.pause()
            return
        weight = aimed if source is Source.TRAFFIC else 0
        task = _Task(source, desired.since, weight, record.strategy)
        if self._task is not None and self._task.key == task.key:
            return
        self.pause()
        self._task = task
        thread = threading.Thread(target=self._gather, args=(task,), name=f"evidence-{source}", daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def pause(self) -> None:
        """Gather nothing for now; what there is stays."""
        if self._task is not None:
            self._task.ended.set()
            self._task = None

    def end(self) -> None:
        """Gather nothing any more, and close the connections once nobody uses them."""
        self.pause()
        for thread in self._threads:
            thread.join(_LAST_ANSWER)
        self._compared.close()

    def _gather(self, task: _Task) -> None:
        while not task.ended.is_set():
            try:
                for evidence in self._pieces(task):
                    if task.ended.is_set():
                        return
                    self.problem = ""
                    self._evidence = {**self._evidence, task.source: evidence}
            except EvidenceMissing as error:
                self.problem = error.message
                task.ended.wait(_AGAIN)
            except FraudError as error:
                # Untrusted, seen in training, unusable: asking again does not mend it.
                self._evidence = {**self._evidence, task.source: self._made(task, error=error.message)}
                return
            except Exception as error:  # noqa: BLE001 - a defect of ours is missing evidence, and is said
                self.problem = f"{type(error).__name__}: {error}"
                task.ended.wait(_AGAIN)
            else:
                return

    def _pieces(self, task: _Task) -> Iterator[Evidence]:
        match task.source:
            case Source.GOLDEN:
                yield self._golden(task)
            case Source.EVALUATION:
                yield self._evaluation(task)
            case Source.SHADOW:
                yield from self._shadow(task)
            case Source.TRAFFIC:
                yield from self._traffic(task)

    def _golden(self, task: _Task) -> Evidence:
        model = self._compared.candidate.model
        counts = golden_counts(self._compared.pinned, model.golden, model.document.policy)
        return self._made(task, counts=counts, complete=True)

    def _evaluation(self, task: _Task) -> Evidence:
        stable, candidate, dataset = self._compared.stable, self._compared.candidate, self._compared.dataset()
        if dataset is None:
            raise EvidenceMissing(
                "There are no labelled payments that either release was measured by. Put those that "
                "`fraudctl train --data` left beside it into the registry: fraudctl dataset publish DIR, "
                "then start the service again."
            )
        both = [each for each in (stable, candidate) if each is not None]
        notes = dict.fromkeys(filter(None, (require_unseen(dataset, each.model) for each in both)))
        facts = Facts.of_dataset(dataset)
        with ThreadPoolExecutor(len(both)) as pool:
            answers = list(pool.map(lambda each: answers_of([each.endpoint], facts), both))
        payments = Payments(facts.amounts, dataset.fraud, facts.categories, dataset=dataset.name)
        before = answers[0] if stable is not None else approving_all(len(facts))
        terms = Terms(
            costs_of(both[0].model.document.policy),
            _difference(task.strategy),
            task.strategy.evaluation.resamples,
        )
        evaluation = evaluate(payments, before, answers[-1], terms)
        curves = {"candidate": curves_of(payments, answers[-1])}
        shown: dict[str, object] = {"curves": curves, "notes": tuple(notes)}
        if stable is not None:
            shown |= {
                "curves": curves | {"stable": curves_of(payments, before)},
                "moves": moves_of(payments, before, answers[-1]),
            }
        self._details = self._details.model_copy(update=shown)
        return self._made(task, evaluation=evaluation, complete=True, note="; ".join(notes))

    def _shadow(self, task: _Task) -> Iterator[Evidence]:
        stable, candidate = self._compared.stable, self._compared.candidate
        if stable is None:
            raise EvidenceMissing("There is no stable release to compare with.")
        plan = Plan(
            stable=[stable.endpoint],
            candidate=[candidate.endpoint],
            digest=candidate.release.digest,
            since=task.since,
            pairs=task.strategy.pairs,
            difference=_difference(task.strategy),
            dataset=self._compared.dataset(),
        )
        replay = Replay(plan)
        while not task.ended.is_set():
            begun = self._now()
            evidence = replay.step(self._now())
            self._details = self._details.model_copy(update={"pairs": replay.pairs})
            yield evidence
            if evidence.complete or evidence.error:
                return
            task.ended.wait(max(0.0, (self._now() - begun).total_seconds()) * _REST)

    def _traffic(self, task: _Task) -> Iterator[Evidence]:
        stable, candidate = self._compared.stable, self._compared.candidate
        traffic = self._counted(task, candidate.release.digest)
        while not task.ended.wait(_LOOK):
            with self._looking:
                scrape = Scrape(
                    stable=self._pages(stable) if stable else {},
                    candidate=self._pages(candidate),
                    proxy_counts=self._compared.proxy_counts(),
                )
                evidence = traffic.look(scrape, self._now())
                latency = tuple(each.latency for each in self._traffic_at.values())
            self._details = self._details.model_copy(update={"latency": latency})
            yield evidence

    def _counted(self, task: _Task, digest: str) -> Traffic:
        """What was counted at this weight so far; a hold in between interrupts it."""
        key = task.since, task.weight
        with self._looking:
            traffic = self._traffic_at.get(key) or Traffic(digest, *key)
            traffic.interrupt()
            self._traffic_at = dict([*self._traffic_at.items(), (key, traffic)][-_STEPS:])
        return traffic

    def _pages(self, release: RunningRelease) -> dict[str, Page]:
        """Metrics of all processes of a release: its transformer must answer."""
        transformer = parse(release.endpoint.metrics(), NAMES)
        return {"transformer": transformer, **self._compared.predictors(release.release)}

    def _made(self, task: _Task, **parts: object) -> Evidence:
        digest = self._compared.candidate.release.digest
        return Evidence(candidate=digest, since=task.since, at=self._now(), weight=task.weight, **parts)  # type: ignore[arg-type]


_STEPS: Final = 20
"""Weights whose latency a report shows."""


def _difference(strategy: Strategy) -> float:
    """What scores must differ by to count as different."""
    return (strategy.gates.scores or ScoreLimits(tolerable=0.004, harmful=0.008)).difference
