"""The remembered sources: the corpus, what was fetched, then every path that was ever ingested."""

import json
from collections.abc import Iterable
from pathlib import Path

from ingest import fetch
from ingest.errors import CorpusError, InputError
from ingest.snapshots import writing


class Sources:
    """The list of folders and files to read, kept in the data folder."""

    def __init__(self, data_dir: Path, corpus: Path) -> None:
        self._file = data_dir / "sources.json"
        self._fetched = fetch.folder(data_dir)
        self._corpus = corpus

    def all(self) -> tuple[Path, ...]:
        """The corpus, fetched files if there are any, then the added paths in their order."""
        fetched = (self._fetched,) if self._fetched.is_dir() else ()
        return (self._corpus, *fetched, *self._added())

    def add(self, paths: Iterable[Path]) -> None:
        """Remember paths; a path that does not exist is an error, a known one is nothing new."""
        known = [p.resolve() for p in self.all()]
        added = list(self._added())
        for path in paths:
            if not path.exists():
                raise CorpusError(f"{path} does not exist; name a file or a folder")
            if path.resolve() not in known:
                added.append(path.resolve())
                known.append(path.resolve())
        if added != list(self._added()):
            self._save(added)

    def remove(self, path: Path) -> None:
        """Forget a path; the corpus cannot be forgotten."""
        if path.resolve() == self._corpus.resolve():
            raise InputError("the corpus is always a source; set ASSISTANT_CORPUS_DIR to move it")
        kept = [p for p in self._added() if p != path.resolve()]
        if len(kept) == len(self._added()):
            raise InputError(f"{path} is not a source; see 'assistant sources list'")
        self._save(kept)

    def _added(self) -> tuple[Path, ...]:
        if not self._file.is_file():
            return ()
        try:
            return tuple(Path(p) for p in json.loads(self._file.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise InputError(f"{self._file} is damaged; delete it and add sources anew") from error

    def _save(self, paths: list[Path]) -> None:
        with writing(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._file.with_suffix(".new")
            unfinished.write_text(json.dumps([str(p) for p in paths], indent=2), "utf-8")
            unfinished.replace(self._file)
