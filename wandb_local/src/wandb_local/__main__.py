"""`python -m wandb_local`."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from wandb_local.errors import StartError
from wandb_local.server import DEFAULT_ENTITY, Settings, prepared


def _arguments() -> Settings:
    parser = argparse.ArgumentParser(
        prog="python -m wandb_local",
        description="A local stand-in that speaks the W&B protocol. It is not Weights & Biases.",
        epilog="The API key is in DIR/api-key, unless WANDB_LOCAL_API_KEY gives one.",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="where everything is kept")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--entity", default=DEFAULT_ENTITY, help="entity of clients that name none (default: %(default)s)"
    )
    parser.add_argument("--webhook", metavar="URL", help="where to report every alias that is added")
    given = parser.parse_args()
    return Settings(given.data, given.host, given.port, given.entity, given.webhook)


def main() -> int:
    """Serve until a signal comes; the process's exit code."""
    logging.basicConfig(level=logging.WARNING, format="wandb_local: %(levelname)s %(name)s: %(message)s")
    settings = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn drains on these and then raises them again for us, who have nothing left to do.
        signal.signal(number, lambda *_: None)
    try:
        with prepared(settings) as ready:
            print(f"wandb_local: {ready.running.url} (data and API key in {settings.data})", flush=True)  # noqa: T201 - the program's output
            ready.run()
    except StartError as error:
        print(f"wandb_local: {error}", file=sys.stderr)  # noqa: T201 - the program's output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
