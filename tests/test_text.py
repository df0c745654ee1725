import pytest

from ingest.text import digest, fold, sentence_spans, slug, terms, words


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


def test_sentences_keep_every_word() -> None:
    text = "First one. Second one! Third?  Last without a stop"
    assert sentences(text) == ["First one.", "Second one!", "Third?", "Last without a stop"]


@pytest.mark.parametrize(
    "text",
    [
        "Some tools, e.g. Catalogues, help.",
        "See p. 12 of the book.",
        "Prices fell by 15.5 per cent.",
        "Ask Dr. Smith first.",
        'An outcome such as "fewer calls".',
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


def test_terms_are_stemmed_folded_content_words() -> None:
    assert terms("What should the suppliers of Bogotá deliver?") == ["supplier", "bogota", "deliv"]


def test_words_drop_the_possessive() -> None:
    assert words("The supplier's and the buyers’ data") == [
        "the", "supplier", "and", "the", "buyers", "data",
    ]  # fmt: skip


def test_slug_is_safe_in_an_address() -> None:
    assert slug("Dos & don’ts: São Paulo") == "dos-donts-sao-paulo"
    assert slug("…") == "section"


def test_fold_and_digest_are_stable() -> None:
    assert fold("ÉCOLE") == "ecole"
    assert digest("a", "b") != digest("ab")
