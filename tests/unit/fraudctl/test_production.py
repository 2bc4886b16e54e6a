"""What is refused of a move of production before the registry is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from fraud_contract.errors import UsageError
from fraudctl.commands.registry.production import history, promote_release, roll_back

TOO_LONG = "x" * 501


def test_a_reason_that_is_too_long_to_be_kept_is_refused() -> None:
    said = "--reason has 501 characters, and at most 500 are kept"
    with pytest.raises(UsageError, match=said):
        promote_release("candidate", TOO_LONG, replace_unusable=False, ask=False)
    with pytest.raises(UsageError, match=said):
        roll_back(TOO_LONG, ask=False)


def test_nobody_knows_what_will_be_in_production() -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with pytest.raises(UsageError, match="has not come yet"):
        history(tomorrow, limit=1)
