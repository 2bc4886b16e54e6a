"""The option `--reason` of every command that moves something."""

from fraud_contract.errors import UsageError


def kept_reason(text: str, most: int) -> str:
    """`text`, of which nothing is cut. Raises `UsageError` if it has more characters than are kept."""
    if len(text) > most:
        raise UsageError(f"--reason has {len(text)} characters, and at most {most} are kept. Shorten it.")
    return text
