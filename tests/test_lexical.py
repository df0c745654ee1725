from pathlib import Path

from ingest.lexical import LexicalIndex

TEXTS = ["ripe apples and pears", "fresh bread", "apples apples apples", "the of and"]


def test_texts_with_the_words_score_and_others_do_not() -> None:
    scores = LexicalIndex.build(TEXTS).scores(["appl"])
    assert scores[2] > scores[0] > 0
    assert scores[1] == scores[3] == 0


def test_unknown_and_empty_queries_score_nothing() -> None:
    index = LexicalIndex.build(TEXTS)
    assert not index.scores(["quantum"]).any()
    assert not index.scores([]).any()


def test_a_saved_index_scores_the_same(tmp_path: Path) -> None:
    index = LexicalIndex.build(TEXTS)
    index.save(tmp_path / "words")
    loaded = LexicalIndex.load(tmp_path / "words")
    assert (loaded.scores(["bread", "appl"]) == index.scores(["bread", "appl"])).all()
