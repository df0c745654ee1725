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
    spans: dict[str, tuple[Passage, int, int]] = {}
    for pick in (p for part in parts for p in part.picks):
        _, start, end = spans.get(pick.passage.id, (pick.passage, pick.start, pick.end))
        spans[pick.passage.id] = (pick.passage, min(start, pick.start), max(end, pick.end))
    numbers = {passage_id: n for n, passage_id in enumerate(spans, start=1)}
    citations = tuple(
        citation(passage, numbers[passage_id], passage.text[start:end])
        for passage_id, (passage, start, end) in spans.items()
    )
    sentences = tuple(
        AnswerSentence(text=pick.text, citations=(numbers[pick.passage.id],))
        for part in parts
        for pick in part.picks
    )
    return "\n\n".join(_markdown(part, numbers) for part in parts), sentences, citations


def _markdown(part: Part, numbers: dict[str, int]) -> str:
    lines = [_line(pick, numbers[pick.passage.id]) for pick in part.picks]
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
