"""`python -m wandb_local`."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from wandb_local.errors import StartError
from wandb_local.server import DEFAULT_ENTITY, Prepared, Settings, prepared
from wandb_local.values.plain_text import PlainFormatter


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m wandb_local",
        description="A local stand-in that speaks the W&B protocol. It is not Weights & Biases.",
        epilog="The API key is in DIR/api-key, unless WANDB_LOCAL_API_KEY gives one.",
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="where everything is kept")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8080, help="port, 0 for any free one (default: %(default)s)")
    add("--entity", default=DEFAULT_ENTITY, help="entity of clients that name none (default: %(default)s)")
    add("--webhook", metavar="URL", help="where to report every alias that is added")
    add(
        "--exit-with-parent",
        action="store_true",
        help="stop when standard input ends, as it does with its writer",
    )
    return parser


def _on_signal(action: Callable[[], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: action())


def _stop_with_input(server: Prepared) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.stop()


def _serve(settings: Settings, *, exit_with_parent: bool) -> None:
    with prepared(settings) as server:
        # uvicorn drains on a signal, and raises it again for us afterwards.
        _on_signal(server.stop)
        print(f"wandb_local: {server.running.url} (data and API key in {settings.data})", flush=True)  # noqa: T201 - the program's output
        if exit_with_parent:
            threading.Thread(target=_stop_with_input, args=[server], daemon=True).start()
        server.run()


def main() -> int:
    """Serve until a signal comes; the process's exit code."""
    os.umask(0o077)
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("wandb_local: %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    given = _parser().parse_args()
    _on_signal(sys.exit)
    settings = Settings(given.data, given.host, given.port, given.entity, given.webhook)
    try:
        _serve(settings, exit_with_parent=given.exit_with_parent)
    except StartError as error:
        print(f"wandb_local: {error}", file=sys.stderr)  # noqa: T201 - the program's output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
