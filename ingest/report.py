"""What one run did with each document. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ingest.documents import Loaded
from ingest.records import BuildReport, Change, Document, DocumentReport, Passage, Quarantined


def changes(
    before: Sequence[Document],
    loaded: Loaded,
    split: Iterable[Passage],
    held: Iterable[Quarantined],
) -> tuple[DocumentReport, ...]:
    """One entry for each document there is or was, in the order of ids; skipped files come last."""
    old = {d.id: d for d in before}
    new = {d.id: d for d in loaded.documents}
    count = Counter(p.document_id for p in split)
    quarantined = Counter(q.passage.document_id for q in held if not q.accepted)
    found = [
        DocumentReport(
            document_id=document_id,
            path=loaded.paths[document_id].as_posix() if document_id in new else "",
            change=_change(old.get(document_id), new.get(document_id)),
            passages=count[document_id],
            quarantined=quarantined[document_id],
            seconds=round(loaded.seconds.get(document_id, 0.0), 4),
            remarks=new[document_id].remarks if document_id in new else (),
        )
        for document_id in sorted(old.keys() | new.keys())
    ]
    skipped = [DocumentReport("", s.path, "skipped", remarks=(s.reason,)) for s in loaded.skipped]
    return (*found, *skipped)


def readable(report: BuildReport) -> Iterator[str]:
    """The report line by line for people; unchanged documents are only counted."""
    for entry in report.changes:
        if entry.change not in ("unchanged", "skipped"):
            yield f"{entry.change:9s} {entry.document_id}: {entry.passages} passages"
        if entry.change != "skipped":
            yield from (f"note      {entry.document_id}: {remark}" for remark in entry.remarks)
    for held in report.quarantined:
        if not held.accepted:
            yield (
                f"held back {held.passage.id}: {held.reason}; "
                "read it with 'assistant quarantine', then accept it by its id"
            )
    state = "is now current" if report.changed else "is current, nothing changed"
    count = Counter(entry.change for entry in report.changes)
    told = ", ".join(f"{n} {change}" for change, n in sorted(count.items()))
    yield (
        f"snapshot {report.snapshot} {state}: {report.documents} documents ({told}), "
        f"{report.passages} passages, {report.embedded} texts embedded, "
        f"{len(report.skipped)} files skipped, {report.seconds:.1f} s"
    )


def _change(old: Document | None, new: Document | None) -> Change:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return "unchanged" if old == new else "changed"
