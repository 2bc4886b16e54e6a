"""What a process counts, as Prometheus reads it."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from support.processes import Process


def page(process: Process) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All `fraud_*` series of its admin port, by name and labels; not when they were made."""
    text = httpx.get(process.ready_url.replace("/ready", "/metrics"), timeout=240).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("fraud_") and not sample.name.endswith("_created")
    }


def counted(process: Process, name: str, **labels: str) -> float:
    """The sum of the series of that name which have these labels."""
    return sum(
        value
        for (series, own), value in page(process).items()
        if series == name and labels.items() <= dict(own).items()
    )
