"""The faults that a schema cannot see, one spoiled line at a time."""

from pathlib import Path

import pytest

from ingest.check import check, shared_runs
from ingest.errors import CorpusError
from tests.conftest import ROOT

APPLES = "guidelines/1-apples.md"
MARKET = "case-studies/springfield-market.md"


def spoil(corpus: Path, name: str, old: str, new: str) -> None:
    path = corpus / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_shipped_corpus_has_no_fault() -> None:
    assert check(ROOT / "corpus") == ()


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (APPLES, "(guidelines/2-bread)", "(guidelines/8-lost)", "guidelines/8-lost leads nowhere"),
        (APPLES, "Weigh the apples.", "Weigh the apples. " + "so " * 31 + ".", "30 is the limit"),
        (APPLES, "Ripe apples taste better.", "They taste better.", "opens with 'They'"),
        (APPLES, "Ripe apples taste better.", "This is better.", "opens with 'This'"),
        (APPLES, "Ripe apples taste better.", "Ripe apples taste better [DBG].", "[DBG]"),
        (APPLES, "Ripe apples taste", "See /home/ann/x. Apples taste", "path of a machine"),
        (APPLES, "- Taste one apple", "Taste one apple", "must be a list item"),
        (APPLES, "- Don't squeeze apples.", "- Squeezing apples.", "must begin with Don't"),
        (MARKET, "in 2021", "in one year", "without its year"),
        (MARKET, "cities: [Springfield]", "cities: [Shelbyville]", "not in vocabulary.toml"),
        (MARKET, "kind: case-study", "kind: recipe", "field kind"),
    ],
)
def test_a_fault_is_named_with_file_and_line(
    corpus: Path, name: str, old: str, new: str, message: str
) -> None:
    (corpus / "vocabulary.toml").write_text('cities = ["Springfield"]\n', "utf-8")
    assert check(corpus) == ()
    spoil(corpus, name, old, new)
    faults = [f for f in check(corpus) if message in f.message]
    assert [f.path for f in faults] == [(corpus / name).as_posix()]
    if "field" not in message and "vocabulary" not in message:
        changed = (corpus / name).read_text("utf-8").splitlines()[faults[0].line - 1]
        assert new.splitlines()[0].strip()[:12] in changed


def test_a_planned_document_that_is_missing_is_named(corpus: Path) -> None:
    (corpus / "catalogue.toml").write_text('guidelines = ["guidelines/3-cheese"]\n', "utf-8")
    assert any("guidelines/3-cheese is missing" in f.message for f in check(corpus))


def test_words_copied_from_another_text_are_found(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "official.txt"
    other.write_text(
        "It said: the market hall sold 300 tonnes of cheese in 2021, proudly.", "utf-8"
    )
    faults = shared_runs(corpus, [other])
    assert [Path(f.path).name for f in faults] == ["springfield-market.md"]
    assert "official.txt: the market hall sold 300 tonnes of cheese" in faults[0].message
    with pytest.raises(CorpusError, match="cannot be read"):
        shared_runs(corpus, [tmp_path / "nowhere.txt"])
