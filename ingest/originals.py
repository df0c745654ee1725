"""The files that documents were read from, kept by checksum so that a citation can show them."""

import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from ingest.records import Document, Original

KEPT = {"pdf", "docx", "pptx", "html"}


class Originals:
    """The kept files below one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / "originals"

    def path(self, original: Original) -> Path | None:
        """Where a kept file lies, or None."""
        found = self._place(original)
        return found if found.is_file() else None

    def keep(self, documents: Iterable[tuple[Document, Path]]) -> None:
        """Copy the files that are not there yet; each appears only when it is whole."""
        for document, path in documents:
            target = self._place(document.original)
            if document.original.media in KEPT and not target.is_file():
                self._root.mkdir(parents=True, exist_ok=True)
                unfinished = target.with_suffix(".new")
                shutil.copyfile(path, unfinished)
                unfinished.replace(target)

    def prune(self, checksums: Collection[str]) -> None:
        """Delete every file whose checksum is not among those given."""
        if self._root.is_dir():
            for path in self._root.iterdir():
                if path.stem not in checksums:
                    path.unlink()

    def _place(self, original: Original) -> Path:
        return self._root / f"{original.sha256}.{original.media}"
