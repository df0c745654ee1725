from dataclasses import replace

from assistant.pipeline import Pipeline
from assistant.records import Question
from assistant.suggestions import suggest


def test_next_questions_are_of_other_sections_and_move_on(pipeline: Pipeline) -> None:
    document = pipeline.snapshot.documents["guidelines/1-apples"]
    anchors = [s.anchor for s in document.sections]
    asked = replace(document, questions=tuple((a, (f"about {a}?", "other")) for a in anchors))
    parts = pipeline.trace(Question("What should we avoid when we buy apples?")).draft.parts
    quoted = {pick.passage.anchor for part in parts for pick in part.picks}
    found = suggest(asked, parts, limit=9)
    assert {f"about {a}?" for a in anchors if a not in quoted} == set(found)
    assert suggest(document, parts) == ("Why should one buy ripe apples?",)
