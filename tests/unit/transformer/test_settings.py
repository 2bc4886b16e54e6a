"""Settings of the transformer that no type can say."""

import pytest

from fraud_contract.errors import SettingsError
from fraud_transformer.settings import TransformerSettings


def test_a_short_admin_token_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_ADMIN_TOKEN", "guessme")
    with pytest.raises(SettingsError, match=r"FRAUD_ADMIN_TOKEN: .*at least 16 characters") as refused:
        TransformerSettings.read()
    assert "guessme" not in refused.value.message


def test_a_long_admin_token_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_ADMIN_TOKEN", "k" * 16)
    token = TransformerSettings.read().admin_token
    assert token is not None
    assert "k" * 16 == token.get_secret_value()
