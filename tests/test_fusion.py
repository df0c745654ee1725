import numpy as np
import pytest

from assistant.fusion import reciprocal_rank, standardize, standardize_where


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_standardized_scores_have_mean_zero_and_deviation_one() -> None:
    found = standardize(scores(1, 2, 3))
    assert found == pytest.approx([-1.2247449, 0, 1.2247449])


def test_equal_scores_say_nothing() -> None:
    assert standardize(scores(5, 5)) == pytest.approx([0, 0])


def test_who_lacks_a_score_keeps_the_other_one() -> None:
    known = np.array([True, False, True])
    found = standardize_where(known, scores(3, 99, 1), scores(0.5, 0.7, 0.9))
    assert found == pytest.approx([1, 0.7, -1])


def test_reciprocal_rank_adds_one_over_sixty_plus_rank() -> None:
    found = reciprocal_rank([scores(0.9, 0.1), scores(0.2, 0.8)])
    assert found == pytest.approx([1 / 61 + 1 / 62] * 2)
    with pytest.raises(ValueError, match="no ranking"):
        reciprocal_rank([])
