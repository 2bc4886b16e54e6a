"""A process in the root of an image, as a container runs it: its user and environment, a read-only root."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from support.cluster.image_archive import Image

_CONTAINER = """
set -eu
own_path=$PATH PATH=/usr/sbin:/usr/bin:/sbin:/bin root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
minor=3
for node in null - zero - full random urandom; do
    [ "$node" = - ] || mknod -m 666 "$root/dev/$node" c 1 "$minor"
    minor=$((minor + 1))
done
while [ "$1" != -- ]; do
    mkdir "$root/tmp/$(basename "$1")"
    mount --bind "$1" "$root/tmp/$(basename "$1")"
    shift
done
shift
chroot=$(command -v chroot) PATH=$own_path
exec "$chroot" --userspec="$user" --groups="" "$root" "$@"
"""
"""In mount and process namespaces of its own: what is mounted here is seen nowhere else, and ends with it."""


@dataclass(frozen=True)
class Container:
    """A running process of an image."""

    popen: subprocess.Popen[bytes]
    output: IO[str]

    @property
    def first(self) -> int:
        """The process that is number 1 to itself; known as soon as it runs."""
        children = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text().split()
        return int(children[0])

    def terminate(self) -> int:
        """Exit status after SIGTERM to process number 1, as `docker stop` sends it."""
        os.kill(self.first, signal.SIGTERM)
        return self.popen.wait(timeout=40)

    @property
    def told(self) -> str:
        """What an ended process has written."""
        self.output.seek(0)
        return self.output.read()


@contextlib.contextmanager
def started(
    image: Image,
    *arguments: object,
    environ: Mapping[str, str] | None = None,
    mounts: Sequence[Path] = (),
) -> Iterator[Container]:
    """The image's entry point with `arguments`; each folder of `mounts` is at /tmp under its own name."""
    command = [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", _CONTAINER, "container"),
        *(image.root, image.settings["User"], *mounts, "--", *image.settings["Entrypoint"], *arguments),
    ]
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            [str(each) for each in command],
            executable="/usr/bin/unshare",
            env=image.environ | dict(environ or {}),
            stdout=output,
            stderr=output,
        ) as popen,
    ):
        try:
            yield Container(popen, output)
        finally:
            popen.kill()
