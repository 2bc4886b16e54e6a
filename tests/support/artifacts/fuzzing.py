"""How much is made up, and what no answer may hold."""

import os
import re
from typing import Final

from hypothesis import HealthCheck, settings

CASES: Final = int(os.environ.get("FUZZ_CASES", "40"))
"""Made-up requests for each route; `make fuzz` sends more."""
LEAKS: Final = re.compile(
    r"Traceback|\w+Error:|site-packages|127\.0\.0\.1|localhost|/home/|/mnt/|/tmp/|\.py\b|pydantic|xgboost\.core"
)

many: Final = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
