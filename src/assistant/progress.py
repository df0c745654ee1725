"""Progress bars on stderr and tables on stdout, by rich."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that appears with the first report of (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, visible=False, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total, visible=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout, wide enough for its content where that is not a terminal."""
    console = Console(width=None if sys.stdout.isatty() else 240)
    shown = Table(*head, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
