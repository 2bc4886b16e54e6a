"""Looks at the settings of the service that the environment holds."""

from collections.abc import Mapping

from fraud_contract.errors import SettingsError
from fraud_contract.settings import is_setting
from fraud_local.environment import require_standalone_settings
from fraudctl.doctor.finding import Finding, Status


def settings(environ: Mapping[str, str]) -> Finding:
    """Would `serve` accept them?"""
    try:
        require_standalone_settings(environ)
    except SettingsError as error:
        return Finding("settings", Status.FAIL, error.message, "Change or unset it")
    given = sorted(filter(is_setting, environ))
    return Finding("settings", Status.OK, ", ".join(given) or "all at their defaults")
