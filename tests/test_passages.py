from hypothesis import given
from hypothesis import strategies as st

from ingest.passages import split, windows
from ingest.records import Block, Document, Section, Source

BOOK, WEB = Source("Book"), Source("Web")


def document(*sections: Section) -> Document:
    return Document("own/x", "X", "own", "general", "", "local", BOOK, sections, "")


def section(*blocks: Block, heading: str = "One") -> Section:
    return Section(heading, heading.lower(), (heading,), blocks)


def words(n: int) -> str:
    return " ".join(["word"] * n) + "."


def test_a_list_stays_with_its_lead_in() -> None:
    blocks = (Block("paragraph", "Three fruits:", BOOK), Block("item", "Apple.", BOOK))
    passage = split([document(section(*blocks))], 50)[0]
    assert passage.id == "own/x~one~1"
    assert passage.text == "Three fruits:\n- Apple."
    assert [passage.words(s) for s in passage.sentences] == ["Three fruits:", "Apple."]
    assert [s.kind for s in passage.sentences] == ["prose", "item"]


def test_a_passage_never_crosses_a_heading_or_a_source() -> None:
    first = section(Block("paragraph", "A.", BOOK), Block("paragraph", "B.", WEB))
    second = section(Block("paragraph", "C.", BOOK), heading="Two")
    found = split([document(first, second)], 50)
    assert [(p.id, p.text, p.source.title) for p in found] == [
        ("own/x~one~1", "A.", "Book"),
        ("own/x~one~2", "B.", "Web"),
        ("own/x~two~1", "C.", "Book"),
    ]


def test_links_between_documents_are_not_indexed() -> None:
    links = Section("See also", "see-also", ("See also",), (Block("item", "Bread", BOOK),))
    assert split([document(links)], 50) == ()


@given(st.lists(st.integers(min_value=1, max_value=120), min_size=1, max_size=12))
def test_passages_keep_the_limit_and_every_word(lengths: list[int]) -> None:
    blocks = [Block("paragraph", words(min(n, 50)), BOOK) for n in lengths]
    found = split([document(section(*blocks))], 50)
    assert all(len(p.text.split()) <= 50 for p in found)
    assert sum(len(p.text.split()) for p in found) == sum(min(n, 50) for n in lengths)
    assert len({p.id for p in found}) == len(found)


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = " ".join(f"Sentence number {n} has six words." for n in range(20))
    found = split([document(section(Block("paragraph", text, BOOK)))], 50)
    assert len(found) > 1
    assert " ".join(p.text for p in found) == text


def test_the_digest_follows_the_text() -> None:
    one, two = (split([document(section(Block("paragraph", t, BOOK)))], 50)[0] for t in "AB")
    assert one.id == two.id
    assert one.digest != two.digest


def test_windows_overlap_by_half() -> None:
    text = " ".join(str(n) for n in range(10))
    assert windows(text, 10) == ()
    assert windows(text, 4) == ("0 1 2 3", "2 3 4 5", "4 5 6 7", "6 7 8 9")
