"""Learning on the shipped course: every check right and wrong, progress, changes, exports."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from assistant.database import Database
from assistant.learning import content, course, generating, grading, scheduling, xapi
from assistant.learning.certificate import pdf
from assistant.learning.content import Check, Course
from assistant.learning.marking import mark, right_answer
from assistant.learning.service import Learning
from assistant.learning.store import LearningStore
from evals import freetext
from ingest.documents import load
from ingest.errors import InputError, UnknownError
from ingest.passages import split
from tests.conftest import ROOT

FOLDER = ROOT / "corpus/learning"
PASSAGES = content.by_section(split(load([ROOT / "corpus"], ROOT / "corpus").documents, 160))
COURSE = course.of(FOLDER, PASSAGES)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def learning(database: Database) -> Learning:
    return Learning(COURSE, LearningStore(database))


def wrong_answer(check: Check) -> list[str]:
    """An answer that is not right: another choice, a swapped order, a figure one too high."""
    right = right_answer(check)
    if check.kind in ("choice", "scenario"):
        return [str(next(n for n, o in enumerate(check.options) if not o.right))]
    if check.kind == "choices":
        return [str(n) for n, o in enumerate(check.options) if not o.right]
    if check.kind == "sort":
        return ["dont" if value == "do" else "do" for value in right]
    if check.kind in ("order", "match"):
        return right[1:] + right[:1]
    if check.kind == "figure":
        return [right[0] + "1"]
    if check.kind == "fault":
        return [str(next(n for n in range(1, len(check.lines) + 1) if n != check.fault))]
    return ["Buy whatever the mayor likes best, without looking at anything."]


def test_the_course_has_the_paths_steps_and_checks_that_it_promises() -> None:
    stages = {p.stage for p in COURSE.paths.values()}
    assert stages >= {
        "planning",
        "informing-the-market",
        "evaluation-and-award",
        "managing-delivery",
    }
    assert {
        "intergenerational",
        "emergency",
        "first-week",
        "it-project-lead",
    } <= COURSE.paths.keys()
    assert {"legal-and-finance", "councillor"} <= COURSE.paths.keys()
    assert len(COURSE.steps) >= 60
    assert len(COURSE.checks) >= 250
    assert {c.kind for c in COURSE.checks.values()} == set(content.CheckKind.__args__)  # type: ignore[attr-defined]
    assert all(COURSE.by_step[s] for s in COURSE.steps)
    assert {s for p in COURSE.paths.values() for s in p.steps} == COURSE.steps.keys()


def test_everything_that_is_named_exists_and_is_reviewed() -> None:
    assert list(content.faults(FOLDER, PASSAGES)) == []
    assert not COURSE.retired


@pytest.mark.parametrize("check", COURSE.checks.values(), ids=lambda c: c.id)
def test_every_check_is_right_and_wrong_as_it_should_be(check: Check) -> None:
    assert mark(check, right_answer(check), COURSE).outcome == "right"
    marked = mark(check, wrong_answer(check), COURSE)
    assert marked.outcome in ("wrong", "partly")
    faults = [f for f in marked.feedback if not f.good]
    assert faults
    for fault in faults:
        assert fault.quote
        section = fault.passage_id.rpartition("~")[0]
        assert fault.quote == COURSE.words(section)
    assert mark(check, ["?"], COURSE).outcome == "unsure"


def test_generated_checks_stand_alone_and_are_marked() -> None:
    made = [c for c in COURSE.checks.values() if c.generated]
    assert len(made) > 150
    for check in made:
        if check.kind == "figure":
            assert check.ask.count("___") == 1
            assert check.ask.replace("___", check.answers[0]) in COURSE.words(check.passage)
        for option in check.options:
            if option.right and check.kind == "choices":
                assert option.text in COURSE.words(check.passage)
            if not option.right and check.kind == "choices":
                assert option.text not in COURSE.words(check.passage)
    assert generating.generate(COURSE.steps, PASSAGES) == generating.generate(
        COURSE.steps, PASSAGES
    )


def test_a_scenario_goes_on_and_ends_where_it_goes_wrong() -> None:
    check = COURSE.checks["team-large"]
    assert mark(check, ["1"], COURSE).outcome == "partly"
    marked = mark(check, ["1", "0"], COURSE)
    assert marked.outcome == "partly"
    assert "cannot handle shift work" in marked.feedback[-1].text
    assert mark(check, ["0"], COURSE).outcome == "wrong"


@pytest.mark.parametrize("given", [["99"], ["x"], ["-1"]])
def test_what_is_no_answer_is_refused(given: list[str]) -> None:
    with pytest.raises(InputError, match="an answer to this check"):
        mark(COURSE.checks["early-order"], given, COURSE)


def test_a_free_answer_is_met_missed_or_contradicted_point_by_point() -> None:
    points = COURSE.checks["procedures-free"].key_points
    words = [COURSE.words(COURSE.checks["procedures-free"].passage)]
    good = "The buyer did not cause it and extensions are limited to what is necessary."
    assert grading.grade(good, points, words).points == ("missed", "met", "met")
    assert grading.grade("Hm?", points, words).outcome == "unsure"
    team = COURSE.checks["team-free"].key_points
    assert grading.grade("It does not lower the risk of corruption.", team, words).points[1] == (
        "contradicted"
    )


def test_the_grader_agrees_with_grades_that_were_given_before_it_was_written() -> None:
    graded = freetext.graded(ROOT / "evals/labels/free_text.jsonl", COURSE)
    assert len(graded) >= 60
    kappa = freetext.kappa([g.person for g in graded], [g.ours for g in graded])
    assert kappa > 0.8  # python -m evals freetext prints it
    assert freetext.kappa([0, 1, 2], [0, 1, 2]) == 1.0
    assert freetext.kappa([0, 2], [2, 0]) == -1.0


def test_progress_is_kept_under_a_code_and_nothing_personal(learning: Learning) -> None:
    code = learning.start()
    who = learning.resume(code.lower())
    path = COURSE.paths["councillor"]
    for step_id in path.steps:
        learning.read(who, step_id)
        for check in COURSE.by_step[step_id]:
            learning.answer(who, check.id, right_answer(check), f"token-{check.id}")
    assert learning.next_step(who, path) is None
    done = learning.complete(who, path, "Ada")
    assert learning.complete(who, path) == done  # once, with one code
    assert learning.store.completion(done.code) == done
    assert code not in (done.code, who)
    assert learning.store.forget(who)
    assert learning.store.completion(done.code) is None
    with pytest.raises(UnknownError, match="nobody has this resume code"):
        learning.resume(code)


def test_a_path_is_complete_only_when_it_is(learning: Learning) -> None:
    who = learning.resume(learning.start())
    with pytest.raises(InputError, match="next is “What the Guidelines are for”"):
        learning.complete(who, COURSE.paths["councillor"])


def test_a_form_that_is_sent_twice_counts_once(learning: Learning) -> None:
    who = learning.resume(learning.start())
    for _ in range(2):
        learning.answer(who, "early-order", ["0"], "the-same-token")
    assert len(learning.store.attempts()) == 1


def test_two_tabs_at_once_lose_nothing(learning: Learning) -> None:
    who = learning.resume(learning.start())
    checks = list(COURSE.checks.values())[:24]

    def tab(own: list[Check], name: str) -> None:
        for check in own:
            learning.answer(who, check.id, right_answer(check), f"{name}-{check.id}")

    tabs = [Thread(target=tab, args=(checks, name)) for name in ("left", "right")]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert len(learning.store.attempts()) == 2 * len(checks)
    assert all(card.passed for card in learning.store.cards(who).values())


def test_what_was_learned_comes_back_and_fades(learning: Learning) -> None:
    who = learning.resume(learning.start())
    learning.answer(who, "early-order", ["0"], "token-one", NOW)
    learning.answer(who, "close-order", ["2"], "token-two", NOW)
    assert learning.due(who, NOW) == ()
    soon = [c.id for c in learning.due(who, NOW + timedelta(minutes=2))]
    assert soon == ["close-order"]
    assert len(learning.due(who, NOW + timedelta(days=30))) == 2
    today, later = (
        learning.mastery(who, NOW + timedelta(days=d))["guidelines/4.1.3-share-information-early"]
        for d in (0, 60)
    )
    assert today > later > 0
    card, due = scheduling.review("", "right", NOW)
    assert scheduling.review(card, "right", due)[1] > due


def test_a_placement_test_skips_what_is_known(learning: Learning) -> None:
    who = learning.resume(learning.start())
    path = COURSE.paths["evaluation-and-award"]
    asked = learning.placement(path)
    known = learning.place(who, path, {c.id: right_answer(c) for c in asked[:2]}, "placement")
    assert known == tuple(c.step for c in asked[:2])
    assert [p.step.id for p in learning.progress(who, path) if p.done] == list(known)


def changed_course(section: str) -> Course:
    """The course after a passage of a section got other words."""
    import dataclasses

    rows = dict(PASSAGES)
    first = rows[section][0]
    rows[section] = (dataclasses.replace(first, text="Other words.", digest="other", sentences=()),)
    return course.of(FOLDER, rows)


def test_a_check_whose_passage_changed_is_retired_and_learners_see_what_changed(
    learning: Learning,
) -> None:
    who = learning.resume(learning.start())
    check = COURSE.checks["early-order"]
    learning.answer(who, check.id, right_answer(check), "token-one")
    after = changed_course(check.passage)
    assert check.id in after.retired
    assert check.id not in after.checks
    later = Learning(after, learning.store)
    found = {c.check_id: c for c in later.changed(who)}
    assert found[check.id].before == COURSE.words(check.passage)
    assert found[check.id].now == "Other words."
    with pytest.raises(UnknownError, match="is retired: its passage changed"):
        later.answer(who, check.id, ["0"], "token-two")


def test_reviewing_takes_a_check_back_into_use(tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(FOLDER, tmp_path / "learning"))
    (folder / "reviewed.toml").unlink()
    assert len(course.of(folder, PASSAGES).retired) > 60
    course.review(folder, PASSAGES)
    assert not course.of(folder, PASSAGES).retired


def test_a_training_lead_sees_the_cohort_and_can_export_it(learning: Learning) -> None:
    who = learning.sign_in("ada@city.example")
    learning.answer(who, "early-order", ["1"], "token-one")
    learning.answer(who, "early-order", ["0"], "token-two")
    cohort = learning.cohort()
    assert cohort.hardest[0] == ("early-order", 2, 0.5)
    attempts = learning.store.attempts()
    names = learning.store.names([who])
    rows = list(xapi.statements(attempts, (), COURSE, names, "https://city.example"))
    assert rows[0]["actor"]["account"] == {
        "homePage": "https://city.example",
        "name": "ada@city.example",
    }
    assert [r["result"]["success"] for r in rows] == [False, True]
    assert xapi.as_csv(attempts, COURSE).splitlines()[0] == "at,learner,step,check,outcome"


def test_a_completion_record_is_a_pdf_with_its_code(learning: Learning, tmp_path: Path) -> None:
    import pypdfium2

    from assistant.learning.store import Completion

    done = Completion("CODE12345678", "x", "councillor", "Councillor", "Ada", NOW.isoformat())
    (tmp_path / "record.pdf").write_bytes(pdf(done, 6, "https://city.example/learn/records/CODE"))
    page = pypdfium2.PdfDocument(tmp_path / "record.pdf")[0].get_textpage().get_text_range()
    assert "Councillor" in page
    assert "Ada" in page
    assert "CODE12345678" in page
    assert "24 November 2026" in page


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("steps.toml", "[[step]]\nid = 'x'", "title"),
        ("paths.toml", "not toml", "paths.toml"),
        (
            "checks.toml",
            "[[check]]\nid='a'\nstep='b'\nkind='choice'\nask='?'\npassage='a/b~c'",
            "lacks",
        ),
    ],
)
def test_a_fault_in_the_data_is_named(tmp_path: Path, file: str, text: str, reason: str) -> None:
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(InputError, match=reason):
        content.read(tmp_path)


def test_an_empty_folder_is_an_empty_course(tmp_path: Path) -> None:
    assert course.of(tmp_path, PASSAGES).paths == {}
