"""A draft to the text that readers see: every sentence numbered with its citation. Pure."""

from collections.abc import Sequence
from urllib.parse import quote as url_quote

from assistant.records import AnswerSentence, Citation, CitedSource, Part, Pick
from ingest.passages import MARKER
from ingest.records import Passage

FRAGMENT_WORDS = 6


def source_url(passage: Passage) -> str:
    """The page of the document, opened at the passage."""
    safe = url_quote(passage.id, safe="/~")
    return f"/sources/{passage.document_id}?passage={safe}#{passage.anchor}"


def original_url(passage: Passage, quote: str) -> str:
    """The published original, opened at the page or at the quoted words where its form allows."""
    url = passage.source.url
    if not url or passage.media not in ("pdf", "html"):
        return url
    if passage.media == "pdf":
        return f"{url}#page={passage.page}" if passage.page else url
    words = quote.removeprefix(MARKER).split("\n")[0].split()
    start, end = " ".join(words[:FRAGMENT_WORDS]), " ".join(words[-FRAGMENT_WORDS:])
    texts = (start, end) if len(words) > 2 * FRAGMENT_WORDS else (" ".join(words),)
    return f"{url}#:~:text=" + ",".join(
        url_quote(text, safe="").replace("-", "%2D") for text in texts
    )


def _counted(page: int | None) -> str:
    return "" if page is None else str(page)


def citation(passage: Passage, number: int, quote: str) -> Citation:
    """A citation of exact words of a passage."""
    return Citation(
        n=number,
        passage_id=passage.id,
        document_id=passage.document_id,
        kind=passage.kind,
        title=passage.title,
        section=passage.section,
        quote=quote,
        url=source_url(passage),
        source=CitedSource(
            title=passage.source.title,
            url=original_url(passage, quote),
            pages=passage.source.pages or passage.page_label or _counted(passage.page),
        ),
        status=passage.status,
    )


def cite(parts: Sequence[Part]) -> tuple[str, tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Markdown, sentences and citations of a draft.

    Each passage is cited once, numbered in the order of its first sentence; its quote runs from
    the first to the last sentence taken from it, so it contains every sentence it carries.
    """
    numbering = Numbering()
    sentences = tuple(
        AnswerSentence(
            text=pick.text, citations=numbering.cite([(pick.passage, pick.start, pick.end)])
        )
        for part in parts
        for pick in part.picks
    )
    text = "\n\n".join(_markdown(part, numbering) for part in parts)
    return text, sentences, numbering.citations()


class Numbering:
    """Gives passages their numbers, in the order in which they are first cited."""

    def __init__(self) -> None:
        self._spans: dict[str, tuple[Passage, int, int]] = {}

    def cite(self, spans: Sequence[tuple[Passage, int, int]]) -> tuple[int, ...]:
        """The numbers of the passages; the quote of each grows to hold the span."""
        for passage, start, end in spans:
            _, first, last = self._spans.get(passage.id, (passage, start, end))
            self._spans[passage.id] = (passage, min(first, start), max(last, end))
        return tuple(dict.fromkeys(self.number(passage) for passage, _, _ in spans))

    def number(self, passage: Passage) -> int:
        """The number of a passage that was cited."""
        return list(self._spans).index(passage.id) + 1

    def citations(self) -> tuple[Citation, ...]:
        """All citations so far, each with its quote."""
        return tuple(
            citation(passage, number, passage.text[start:end])
            for number, (passage, start, end) in enumerate(self._spans.values(), start=1)
        )


def marked(sentences: Sequence[AnswerSentence]) -> str:
    """Sentences as one paragraph, each with the marks of its citations."""
    return " ".join(f"{s.text} {''.join(f'[{n}]' for n in s.citations)}".strip() for s in sentences)


def _markdown(part: Part, numbering: Numbering) -> str:
    lines = [_line(pick, numbering.number(pick.passage)) for pick in part.picks]
    body = "\n".join(f"- {line}" for line in lines) if part.bullets else " ".join(lines)
    return f"**{part.label}**\n\n{body}" if part.label else body


def _line(pick: Pick, number: int) -> str:
    return f"{pick.text} [{number}]"


def verify(sentences: Sequence[AnswerSentence], citations: Sequence[Citation]) -> bool:
    """Whether each sentence stands word for word in the quote of each of its citations."""
    quotes = {c.n: c.quote for c in citations}
    return all(
        s.citations and all(s.text in quotes.get(n, "") for n in s.citations) for s in sentences
    )
