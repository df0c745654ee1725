import io

from docx import Document

from assistant.exporting import docx, markdown, sentence_count
from assistant.pipeline import Pipeline
from assistant.records import Answer, Question

QUESTION = "What are the dos and don'ts of buying apples?"


def turns(pipeline: Pipeline) -> list[tuple[str, Answer]]:
    return [(QUESTION, pipeline.answer(Question(QUESTION)))]


def test_a_conversation_keeps_labels_bullets_and_references(pipeline: Pipeline) -> None:
    text = markdown(turns(pipeline), checklist=False)
    assert text.startswith("# Procurement assistant\n\n")
    assert f"## {QUESTION}" in text
    assert "### Don't\n\n- Don't buy bruised apples. [" in text
    assert "p. 1-2 (digest)" in text


def test_a_checklist_has_boxes_to_tick(pipeline: Pipeline) -> None:
    text = markdown(turns(pipeline), checklist=True)
    assert "- [ ] Taste one apple before buying. [" in text


def test_a_word_file_has_headings_and_lists(pipeline: Pipeline) -> None:
    document = Document(io.BytesIO(docx(turns(pipeline), checklist=False)))
    styles = {p.style.name for p in document.paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "List Bullet"} <= styles
    boxes = Document(io.BytesIO(docx(turns(pipeline), checklist=True)))
    assert any(p.text.startswith("☐ Taste one apple") for p in boxes.paragraphs)


def test_a_refusal_is_written_as_it_was_said(pipeline: Pipeline) -> None:
    question = "Which rocket flies to the moon?"
    text = markdown([(question, pipeline.answer(Question(question)))], checklist=False)
    assert "do not answer this question" in text


def test_sentences_of_a_block_are_counted_by_their_marks() -> None:
    assert sentence_count("One. [1] Two. [2][3] Three. [1]") == 3
    assert sentence_count("- One. [1]\n- Two. [1]") == 2
    assert sentence_count("No mark at all.") == 1
