"""What Envoy counted of the requests that it sent, or could not send, to a cluster."""

from typing import Final

from fraud_contract.metrics.page import parse
from fraud_rollout.evidence.traffic import ProxyCounts

_BY_CLASS: Final = "envoy_cluster_upstream_rq_xx"
_FAILED: Final = "5"


def proxy_counts(stats: str, clusters: frozenset[str]) -> ProxyCounts:
    """Requests to these clusters in Envoy's `/stats/prometheus`; its own 503s and 504s among the failed.

    Raises:
        MetricsUnreadable: the text is none of Prometheus's.
    """
    requests = failed = 0.0
    for (_, labels), value in parse(stats, (_BY_CLASS,)).items():
        own = dict(labels)
        if own.get("envoy_cluster_name") in clusters:
            requests += value
            failed += value * (own.get("envoy_response_code_class") == _FAILED)
    return ProxyCounts(requests, failed)
