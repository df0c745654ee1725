import pytest

from assistant.language import other_language, pointers


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Qu'est-ce qu'un accord-cadre ?", "fr"),
        ("¿Qué es un acuerdo marco?", "es"),
        ("什么是框架协议？", "zh"),
        ("ما هي الاتفاقية الإطارية؟", "ar"),
        ("Что такое рамочное соглашение?", "ru"),
        ("what is a framework agreement", None),
    ],
)
def test_the_language_of_a_question_is_told(text: str, language: str | None) -> None:
    assert other_language(text, [False] * 5) == language


def test_a_question_whose_words_are_known_is_english() -> None:
    assert other_language("Qu'est-ce qu'un accord-cadre ?", [True] * 5) is None


def test_there_is_a_pointer_in_each_of_the_other_un_languages() -> None:
    assert set(pointers()) == {"ar", "es", "fr", "ru", "zh"}
