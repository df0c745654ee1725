"""Files to documents: find them, read each, skip what cannot be used."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest import files
from ingest.errors import CorpusError, DocumentError
from ingest.reading import read
from ingest.records import Document, Skipped

NOT_DOCUMENTS = {"learning"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """All documents that could be read, in the order of their ids, and the files that could not.

    ``paths`` and ``seconds`` say, by id, where each document lies and how long reading it took.
    """

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]
    paths: Mapping[str, Path]
    seconds: Mapping[str, float]


def load(
    roots: Iterable[Path],
    corpus: Path,
    known: Mapping[str, Document] = {},
    *,
    ocr: bool = False,
) -> Loaded:
    """Every document below the roots.

    A file that cannot be used is skipped with its reason. ``known`` are documents of an earlier
    run by ``known_key``: those are not opened again. Raises CorpusError when a root is
    missing, when nothing usable is left, or when two files of the corpus claim one id.
    """
    documents: dict[str, Document] = {}
    paths: dict[str, Path] = {}
    seconds: dict[str, float] = {}
    skipped: list[Skipped] = []
    for root in roots:
        for path in files.find(root):
            if root == corpus and path.relative_to(root).parts[0] in NOT_DOCUMENTS:
                continue
            started = time.perf_counter()
            try:
                document = read(
                    path, root, front_matter_required=root == corpus, known=known, ocr=ocr
                )
            except DocumentError as error:
                skipped.append(Skipped(path.as_posix(), str(error)))
                continue
            if document.id in documents:
                clash = f"{path} and {paths[document.id]} both have the id {document.id}"
                if root == corpus:
                    raise CorpusError(f"{clash}; rename one of them")
                skipped.append(Skipped(path.as_posix(), f"{clash}; rename one of them"))
                continue
            documents[document.id], paths[document.id] = document, path
            seconds[document.id] = time.perf_counter() - started
    if not documents:
        reason = f"; the first file was skipped: {skipped[0].reason}" if skipped else ""
        raise CorpusError(
            f"no usable document in {', '.join(str(r) for r in roots) or 'the sources'}{reason}"
        )
    return Loaded(
        tuple(documents[key] for key in sorted(documents)), tuple(skipped), paths, seconds
    )
