"""The option `--reason` of every command that moves something."""

from fraud_contract.errors import UsageError


def kept_reason(text: str, most: int) -> str:
    """`text`, of which nothing is cut.

    Raises:
        UsageError: it has more characters than are kept, or bytes that are no text.
    """
    if not text.isascii() and text != text.encode(errors="replace").decode():
        raise UsageError("--reason is no UTF-8 text.")
    if len(text) > most:
        raise UsageError(f"--reason has {len(text)} characters, and at most {most} are kept. Shorten it.")
    return text
