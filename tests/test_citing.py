from assistant.citing import cite, source_url, verify
from assistant.pipeline import Pipeline
from assistant.records import AnswerSentence, Part, Pick, Question


def parts(pipeline: Pipeline) -> tuple[Part, ...]:
    return pipeline.trace(Question("What are the dos and don'ts of buying apples?")).draft.parts


def test_every_sentence_is_numbered_with_its_passage(pipeline: Pipeline) -> None:
    text, sentences, citations = cite(parts(pipeline))
    assert text.endswith(
        f"**Don't**\n\n- Don't buy bruised apples. [{len(citations)}]"
        f"\n- Don't squeeze apples. [{len(citations)}]"
    )
    assert [c.n for c in citations] == list(range(1, len(citations) + 1))
    assert verify(sentences, citations)


def test_a_quote_runs_over_all_sentences_taken_from_its_passage(pipeline: Pipeline) -> None:
    _, _, citations = cite(parts(pipeline))
    assert citations[-1].quote == "Don't buy bruised apples.\n- Don't squeeze apples."
    assert citations[-1].source.pages == "1-2"


def test_a_source_mark_travels_to_the_citation(pipeline: Pipeline) -> None:
    passage = next(p for p in pipeline.snapshot.passages if "10 weeks" in p.text)
    pick = Pick(passage, 0, len(passage.text), 1.0)
    _, _, citations = cite([Part("", False, (pick,))])
    assert (citations[0].source.title, citations[0].source.pages) == ("Other book", "7")


def test_the_address_opens_the_document_at_the_passage(pipeline: Pipeline) -> None:
    passage = pipeline.snapshot.passage("guidelines/1-apples~dont~1")
    assert passage
    assert source_url(passage) == (
        "/sources/guidelines/1-apples?passage=guidelines/1-apples~dont~1#dont"
    )


def test_a_sentence_that_is_not_in_its_quote_is_found_out(pipeline: Pipeline) -> None:
    _, sentences, citations = cite(parts(pipeline))
    invented = AnswerSentence(text="Apples are blue.", citations=(1,))
    assert not verify((*sentences, invented), citations)
    assert not verify((AnswerSentence(text=sentences[0].text, citations=()),), citations)
    assert not verify((AnswerSentence(text=sentences[0].text, citations=(99,)),), citations)
