"""When a check comes back: spaced repetition by FSRS, which models how memory fades."""

from datetime import datetime

from fsrs import Card, Rating, Scheduler

RATINGS = {
    "right": Rating.Good,
    "partly": Rating.Hard,
    "wrong": Rating.Again,
    "unsure": Rating.Again,
}
_scheduler = Scheduler(desired_retention=0.9, enable_fuzzing=False)


def review(card: str, outcome: str, at: datetime) -> tuple[str, datetime]:
    """The card after a review, as JSON, and when it is due; an empty text is a new card."""
    held = Card.from_json(card) if card else Card(card_id=1, due=at)
    after, _ = _scheduler.review_card(held, RATINGS[outcome], review_datetime=at)
    return after.to_json(), after.due


def recalled(card: str, at: datetime) -> float:
    """The probability that the learner still knows it."""
    return float(_scheduler.get_card_retrievability(Card.from_json(card), current_datetime=at))
