"""Held-back traffic for a release that just started."""

from typing import Final

from fraud_processes.errors import LocalError
from fraud_simulator.connection import Target
from fraud_simulator.errors import SimulatorError
from fraud_simulator.figures import Summary, summarise
from fraud_simulator.payments import SAMPLE, draw, read
from fraud_simulator.sender import Pace, Sender, requests
from fraudctl.stages import Stages

_PAYMENTS: Final = 4_000
"""Some twenty of them are frauds; more would take longer than anyone likes to watch."""
_CONCURRENCY: Final = 4
"""Enough to keep two cores busy; more would only wait in line, and the latencies would show the line."""
_SEED: Final = 0


def send_traffic(url: str, stages: Stages) -> Summary:
    """Figures of what the service at `url` decided.

    Raises:
        LocalError: there is no traffic to send, or a request failed.
    """
    with stages.stage("Send traffic") as stage:
        try:
            planned = requests(draw(read(SAMPLE), _PAYMENTS, _SEED), batch=None)
        except SimulatorError as error:
            raise LocalError(str(error)) from None
        sender = Sender(Target.parse(url), planned, Pace(_CONCURRENCY))
        sender.run(lambda done, _failed: stage.advance(done, len(planned)))
        summary = summarise(sender.outcomes, len(planned), sender.seconds)
        stage.result = f"{summary.requests:,} held-back payments, {summary.rate:,.0f} a second"
    if summary.failures:
        worst = summary.failures[0]
        raise LocalError(
            f"{summary.failed} of {summary.requests} requests failed; "
            f"{worst.count} of them {worst.kind}: {worst.example}"
        )
    return summary
