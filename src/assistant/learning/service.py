"""Learning as its ways in use it: who learns, what is next, what is due, what was completed."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assistant import privacy
from assistant.learning import scheduling
from assistant.learning.content import Check, Course, LearningPath, Step
from assistant.learning.marking import Marked, mark
from assistant.learning.store import Attempt, Completion, Held, LearningStore
from ingest.errors import InputError, UnknownError

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 20
REVIEW = 20


@dataclass(frozen=True, slots=True)
class StepProgress:
    """How far a learner is with one step."""

    step: Step
    read: bool
    passed: int
    checks: int

    @property
    def done(self) -> bool:
        """Read, and every check passed once."""
        return self.read and self.passed == self.checks

    @property
    def begun(self) -> bool:
        """Read or tried."""
        return self.read or self.passed > 0


@dataclass(frozen=True, slots=True)
class Changed:
    """A check that a learner had passed and whose passage is another one now."""

    check_id: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """What a training lead sees: nobody by name, unless they signed in."""

    learners: int
    attempts: int
    completions: tuple[Completion, ...]
    hardest: tuple[tuple[str, int, float], ...]
    by_path: tuple[tuple[str, int, int], ...]


class Learning:
    """The course of one snapshot, and the store of what learners did."""

    def __init__(self, course: Course, store: LearningStore) -> None:
        self.course = course
        self.store = store

    def start(self) -> str:
        """A new anonymous learner's resume code; only its digest is stored."""
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        self.store.add(identity(code), "", _now())
        return code

    def sign_in(self, name: str) -> str:
        """The id of a learner whom the city's sign-in names."""
        learner = identity(f"name:{name}")
        self.store.add(learner, name, _now())
        return learner

    def resume(self, code: str) -> str:
        """The id behind a resume code; UnknownError when nobody has it."""
        learner = identity(code.strip().upper().replace("-", "").replace(" ", ""))
        if not self.store.known(learner):
            raise UnknownError("nobody has this resume code; check it letter by letter")
        return learner

    def answer(
        self,
        learner: str,
        check_id: str,
        given: Sequence[str],
        token: str,
        now: datetime | None = None,
    ) -> Marked:
        """Mark an answer and remember it; the same token twice counts once."""
        now = now or _now()
        check = self.course.check(check_id)
        marked = mark(check, given, self.course)
        if not token:
            raise InputError("the answer has no token; load the page again")
        before = self.store.cards(learner).get(check_id)
        card, due = scheduling.review(before.card if before else "", marked.outcome, now)
        passed = marked.outcome == "right" or bool(before and before.passed)
        held = Held(
            check_id=check_id,
            card=card,
            due=_text(due),
            passed=passed,
            digest=self.course.digest(check),
            words=self.course.words(check.passage),
        )
        attempt = Attempt(
            token, learner, check_id, marked.outcome, tuple(map(privacy.mask, given)), _text(now)
        )
        self.store.record(attempt, held)
        return marked

    def read(self, learner: str, step_id: str) -> None:
        """Remember that a step was read."""
        self.store.mark_read(learner, self.course.step(step_id).id, _now())

    def progress(self, learner: str | None, path: LearningPath) -> tuple[StepProgress, ...]:
        """Every step of a path in order."""
        cards = self.store.cards(learner) if learner else {}
        read = self.store.steps_read(learner) if learner else frozenset()
        return tuple(self._step(self.course.steps[s], cards, read) for s in path.steps)

    def _step(self, step: Step, cards: Mapping[str, Held], read: frozenset[str]) -> StepProgress:
        checks = self.course.by_step[step.id]
        passed = sum(c.id in cards and cards[c.id].passed for c in checks)
        return StepProgress(step, step.id in read, passed, len(checks))

    def next_step(self, learner: str | None, path: LearningPath) -> Step | None:
        """The first step that is not done, or None when all are."""
        found = (p.step for p in self.progress(learner, path) if not p.done)
        return next(found, None)

    def due(self, learner: str, now: datetime | None = None) -> tuple[Check, ...]:
        """Checks to go over today, the most overdue first; at most REVIEW."""
        now = now or _now()
        cards = [c for c in self.store.cards(learner).values() if c.check_id in self.course.checks]
        late = sorted((c for c in cards if c.due <= _text(now)), key=lambda c: c.due)
        return tuple(self.course.checks[c.check_id] for c in late[:REVIEW])

    def mastery(self, learner: str, now: datetime | None = None) -> dict[str, float]:
        """By document, the share of its checks that the learner probably still knows."""
        now = now or _now()
        cards = self.store.cards(learner)
        known: dict[str, list[float]] = {}
        for check in self.course.checks.values():
            held = cards.get(check.id)
            chance = scheduling.recalled(held.card, now) if held and held.passed else 0.0
            known.setdefault(check.passage.partition("~")[0], []).append(chance)
        return {document: sum(found) / len(found) for document, found in known.items()}

    def placement(self, path: LearningPath) -> tuple[Check, ...]:
        """One short check for each step that has one, to find out what can be skipped."""
        found = []
        for step_id in path.steps:
            short = [
                c
                for c in self.course.by_step[step_id]
                if c.kind in ("choice", "choices", "figure", "fault")
            ]
            found += short[:1]
        return tuple(found)

    def place(
        self, learner: str, path: LearningPath, given: Mapping[str, Sequence[str]], token: str
    ) -> tuple[str, ...]:
        """Answer a placement test; the steps whose check is right count as known.

        All checks of a known step are passed and come back in the daily review.
        """
        known = []
        for check in self.placement(path):
            answer = given.get(check.id, ())
            if (
                not answer
                or self.answer(learner, check.id, answer, f"{token}-{check.id}").outcome != "right"
            ):
                continue
            known.append(check.step)
            self.read(learner, check.step)
            for other in self.course.by_step[check.step]:
                if other.id != check.id:
                    self._pass(learner, other, f"{token}-{other.id}")
        return tuple(known)

    def _pass(self, learner: str, check: Check, token: str) -> None:
        now = _now()
        card, due = scheduling.review("", "right", now)
        held = Held(
            check.id,
            card,
            _text(due),
            True,
            self.course.digest(check),
            self.course.words(check.passage),
        )
        self.store.record(Attempt(token, learner, check.id, "placed", (), _text(now)), held)

    def changed(self, learner: str) -> tuple[Changed, ...]:
        """Checks that were passed and rest on other words now, or are retired for that."""
        found = []
        for held in self.store.cards(learner).values():
            check = self.course.checks.get(held.check_id) or self.course.retired.get(held.check_id)
            if not held.passed:
                continue
            if check is None:
                found.append(Changed(held.check_id, held.words, ""))
            elif self.course.digest(check) != held.digest:
                found.append(Changed(check.id, held.words, self.course.words(check.passage)))
        return tuple(found)

    def complete(self, learner: str, path: LearningPath, name: str = "") -> Completion:
        """The completion record of a path; InputError while steps are open."""
        if (open_step := self.next_step(learner, path)) is not None:
            raise InputError(f"the path is not complete: next is “{open_step.title}”")
        code = "".join(secrets.choice(ALPHABET) for _ in range(12))
        return self.store.complete(
            Completion(code, learner, path.id, path.title, name.strip()[:80], _text(_now()))
        )

    def cohort(self) -> Cohort:
        """How everybody is doing."""
        attempts = self.store.attempts()
        tried: Counter[str] = Counter(a.check_id for a in attempts if a.outcome != "placed")
        right = Counter(a.check_id for a in attempts if a.outcome == "right")
        hardest = sorted(
            ((c, n, right[c] / n) for c, n in tried.items()), key=lambda row: (row[2], -row[1])
        )
        steps = {c.id: c.step for c in self.course.checks.values()}
        done = self.store.all_completions()
        by_path = []
        for path in self.course.paths.values():
            begun = {a.learner for a in attempts if steps.get(a.check_id) in path.steps}
            by_path.append((path.title, len(begun), sum(d.path_id == path.id for d in done)))
        return Cohort(
            self.store.learners(), len(attempts), done, tuple(hardest[:20]), tuple(by_path)
        )


def identity(code: str) -> str:
    """What is stored of a code: its digest, from which the code cannot be found again."""
    return hashlib.sha256(f"learner:{code}".encode()).hexdigest()[:32]


def _now() -> datetime:
    return datetime.now(UTC)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
