"""Memory of processes."""

import os
import resource
from pathlib import Path


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes, from Linux's process table."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_mb() -> float:
    """The most memory that this process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
