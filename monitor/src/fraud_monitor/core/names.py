"""Names of what is read from the pages of a release's processes."""

from typing import Final

from fraud_contract.metrics.page import RESIDENT, STARTED

REQUESTS: Final = "fraud_requests_total"
REFUSED: Final = "fraud_refused_requests_total"
SECONDS: Final = "fraud_request_seconds_bucket"
DECISIONS: Final = "fraud_decisions_total"
SCORES: Final = "fraud_score_bucket"
SCORE_SUM: Final = "fraud_score_sum"
AMOUNTS: Final = "fraud_amount_bucket"
HOURS: Final = "fraud_hour_total"
DAYS: Final = "fraud_day_of_week_total"
UNKNOWN: Final = "fraud_unknown_category_total"
INVALID: Final = "fraud_invalid_fields_total"
DEGRADED: Final = "fraud_degraded_total"
EXPECTED_COST: Final = "fraud_expected_cost_total"
CPU: Final = "process_cpu_seconds_total"
MEMORY: Final = RESIDENT
INFO: Final = "fraud_release_info"

READ: Final = frozenset(
    {
        REQUESTS,
        REFUSED,
        SECONDS,
        DECISIONS,
        SCORES,
        SCORE_SUM,
        AMOUNTS,
        HOURS,
        DAYS,
        UNKNOWN,
        INVALID,
        DEGRADED,
        EXPECTED_COST,
        CPU,
        MEMORY,
        STARTED,
    }
)
