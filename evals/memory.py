"""Memory of processes."""

import os
from pathlib import Path


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes, from Linux's process table."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
