import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import privacy
from assistant.records import Turn
from assistant.service import Assistant
from assistant.storage import AnswerStore
from evals import cases
from tests.conftest import ROOT

PERSON = "private-person"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to ana.b+x@city.example.org", "Write to [e-mail]"),
        ("Call +44 20 7946 0958 today", "Call [phone] today"),
        ("call me on 020 7946 0958 please", "call me on [phone] please"),
        ("Mi móvil: 612 345 678", "Mi móvil: [phone]"),
        ("Pay to DE89 3704 0044 0532 0130 00 now", "Pay to [IBAN] now"),
        ("Card 4111 1111 1111 1111?", "Card [card number]?"),
        ("DNI 12345678Z and 87654321X", "DNI [identity number] and [identity number]"),
        ("CPF 111.444.777-35", "CPF [identity number]"),
        ("Aadhaar 2341 2341 2346", "Aadhaar [identity number]"),
        ("my NHS number is 943 476 5919", "my NHS number is [identity number]"),
        ("passport number X1234567", "passport number [identity number]"),
        ("My name is john smith and I buy", "My name is [name] and I buy"),
        ("I'm Maria de la Cruz from Oslo", "I'm [name] from Oslo"),
        ("Je m'appelle Luc Besson.", "Je m'appelle [name]."),
        ("What did Mr O’Neill earn?", "What did Mr [person] earn?"),
        ("Ask my boss Karl Marx", "Ask my boss [person]"),
    ],
)
def test_personal_data_is_replaced_by_a_mark(text: str, masked: str) -> None:
    assert privacy.mask(text) == masked
    assert privacy.mask(masked) == masked
    assert privacy.told(masked)


@pytest.mark.parametrize(
    "text",
    [
        "a contract of EUR 250000000 in 2023/2024",
        "thresholds of 5,538,000 and 140,000 euros",
        "Is Article 72(1) of Directive 2014/24/EU of 26 February 2014 relevant?",
        "ISO 20400:2017, clause 9.4, page 83-84, dated 2026-04-16",
        "tender number 20231124001",
        "I am Procurement Officer in Oslo. I'm not sure.",
        "a company called Acme Tools in a place named Quayside",
        "my NHS number is 943 476 5918",
        "card 4111 1111 1111 1112",
    ],
)
def test_figures_and_roles_are_left_alone(text: str) -> None:
    assert privacy.mask(text) == text
    assert not privacy.told(text)


def test_questions_of_officials_are_left_alone() -> None:
    """But for those about a private person, whose name is masked after its cue."""
    questions = [c.question for c in cases.load(ROOT / "evals/cases") if PERSON not in c.tags]
    assert [q for q in questions if privacy.mask(q) != q] == []


@given(st.text(max_size=300))
def test_masking_is_stable_and_changes_only_what_it_marks(text: str) -> None:
    found = privacy.find(text)
    masked = privacy.mask(text)
    assert all(f.start < f.end for f in found)
    assert len(masked) == len(text) + sum(
        len(privacy.patterns().marks[f.kind]) - (f.end - f.start) for f in found
    )


@pytest.mark.parametrize("piece", ["1 ", "12 ", "4111 ", "+1", "a1", "1-"])
def test_what_is_tried_grows_no_faster_than_the_text(piece: str) -> None:
    def tried(text: str) -> int:
        return sum(1 for m in privacy.GROUPED.finditer(text) for _ in privacy._runs(m))

    assert tried(piece * 800) <= 2 * tried(piece * 400) + privacy.MOST_GROUPS**2


def test_a_heap_of_numbers_is_masked_unseen() -> None:
    heap = " ".join(f"{n:04d}" for n in range(400))
    assert privacy.mask(f"{heap}. Then 12345678Z") == "[identity number]. Then [identity number]"


def test_the_store_and_the_answer_see_only_the_masked_question(assistant: Assistant) -> None:
    asked = "My name is Ana Berg, ana@city.org. What should we avoid when we buy apples?"
    answer = assistant.ask(asked)
    assert answer.outcome == "answered"
    assert "an e-mail address, a name" in answer.notices[0]
    stored = assistant.store.recorded(answer.id)
    assert stored.question.text == (
        "My name is [name], [e-mail]. What should we avoid when we buy apples?"
    )
    assert answer.citations == assistant.ask("What should we avoid when we buy apples?").citations
    for role in ("user", "assistant"):
        turn = Turn(role=role, content=asked)
        follow = assistant.ask("And what should we do?", history=[turn])
        assert "Ana" not in str(assistant.store.recorded(follow.id).question)


def test_a_question_about_a_masked_person_is_not_answered(assistant: Assistant) -> None:
    assert assistant.ask("When was Mr Henry Miller born?").group == "refusal"


def test_a_comment_is_masked_too(assistant: Assistant) -> None:
    answer = assistant.ask("Why buy apples?")
    assistant.feedback(answer.id, False, ["wrong"], "Mail me: ana@city.org")
    store: AnswerStore = assistant.store
    assert store.asked()[-1].comment == "Mail me: [e-mail]"
