"""What a process takes, as Linux counts it for itself in /proc."""

from pathlib import Path

from benchmarks.usage import cpu_seconds


class Usage:
    """CPU time and memory of one process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._folder = Path(f"/proc/{pid}")

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return cpu_seconds([self._pid])

    def resident(self) -> float:
        """MiB at the moment."""
        return self._status("VmRSS")

    def anonymous(self) -> float:
        """MiB of them beside files, such as code, which is read as it is run."""
        return self._status("RssAnon")

    def peak(self) -> float:
        """Most MiB since `reset_peak`."""
        return self._status("VmHWM")

    def reset_peak(self) -> None:
        """Begin to measure the peak anew (proc(5): clear_refs)."""
        (self._folder / "clear_refs").write_text("5")

    def _status(self, name: str) -> float:
        lines = (self._folder / "status").read_text().splitlines()
        return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
