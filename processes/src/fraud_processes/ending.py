"""The end of a process: asked for first, and enforced after a grace."""

from contextlib import suppress

import psutil


def end(process: psutil.Process, grace: float) -> None:
    """SIGTERM, and SIGKILL after `grace` seconds. Returns when it is gone; one that is gone already is fine.

    It is killed too where the wait is interrupted, so that Ctrl-C a second time leaves nothing behind.
    """
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            with suppress(psutil.TimeoutExpired):
                process.wait(grace)
        finally:
            with suppress(psutil.NoSuchProcess):
                process.kill()
            process.wait()
