"""Faults of a quiz as a whole: errors that prevent publishing, and probable mistakes of its author."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from quizkit.errors import Refused
from quizkit.rules import drawing, scoring
from quizkit.rules.behaviours import takes_wrong_penalty
from quizkit.vocabulary import Behaviour, Counting, ReviewCondition

__all__ = [
    "CheckedDraft",
    "CheckedDraw",
    "CheckedPolicy",
    "CheckedQuestion",
    "CheckedSlot",
    "Fault",
    "faults",
    "incomplete",
    "max_score",
]


@dataclass(frozen=True, slots=True)
class CheckedQuestion:
    """The question of a slot.

    Attributes:
        question_id: its id.
        identity: equal for questions with the same content and key.
        readable: whether its type is registered.
        answerable: whether there is something to answer.
        has_hints: whether it has hints.
    """

    question_id: str
    identity: str
    readable: bool
    answerable: bool
    has_hints: bool


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """The question of a slot, if it is not complete."""


@dataclass(frozen=True, slots=True)
class CheckedDraw:
    """The draw of a slot.

    Attributes:
        pool: the identities of the questions that it can draw, by question id.
        count: how many questions it draws.
        least: how many questions are enough; None for `count`.
    """

    pool: Mapping[str, str]
    count: int
    least: int | None = None


@dataclass(frozen=True, slots=True)
class CheckedSlot:
    """A slot of a quiz.

    Attributes:
        holds: its question, its draft, or its draw.
        max_points: the points of each question in it.
        counting: whether the points count.
        requires_previous: whether it can be answered only after the previous slot.
    """

    holds: CheckedQuestion | CheckedDraft | CheckedDraw
    max_points: Decimal
    counting: Counting
    requires_previous: bool


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """The part of a quiz's policy that may conflict with its slots.

    Attributes:
        behaviour: when a question is checked, and how often it can be tried.
        max_grade: the maximum grade; None for the sum of the points.
        pass_grade: the lowest grade that passes; None for no pass mark.
        right_answer_if: the conditions for showing right answers.
        has_requirements: whether a section or a question must be passed.
        wrong_penalty: the share of its points that a wrong response loses.
    """

    behaviour: Behaviour
    max_grade: Decimal | None
    pass_grade: Decimal | None
    right_answer_if: frozenset[ReviewCondition]
    has_requirements: bool = False
    wrong_penalty: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a quiz: an error, which prevents publishing, or a warning; `slot` counts from 1."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    slot: int | None = None


def max_score(slots: Iterable[tuple[Counting, Decimal, int]]) -> Decimal:
    """Return the sum of the points of the slots that count.

    `slots` has for each slot whether it counts, the points of each of its questions, and their number.
    """
    counted = [scoring.slot_points(points, count) for counting, points, count in slots if counting is Counting.COUNTS]
    found, _ = scoring.total(counted)
    return found


def incomplete(place: int) -> Fault:
    """Return the fault of a slot whose question is not complete."""
    message = "The question is not complete: read its problems, and revise it"
    return Fault("error", "question_incomplete", message, place)


def faults(policy: CheckedPolicy, slots: Sequence[CheckedSlot]) -> Iterator[Fault]:
    """Yield the faults of the slots of a quiz, in order, and those of its policy."""
    if not slots:
        yield Fault("error", "quiz_empty", "A quiz needs at least one question before it can be published")
    yield from _of_each_slot(slots)
    yield from _alike(slots)
    yield from _of_draws(slots)
    yield from _of_policy(policy, slots)


def _questions(slots: Sequence[CheckedSlot]) -> dict[int, CheckedQuestion]:
    return {place: slot.holds for place, slot in enumerate(slots, 1) if isinstance(slot.holds, CheckedQuestion)}


def _of_each_slot(slots: Sequence[CheckedSlot]) -> Iterator[Fault]:
    questions = _questions(slots)
    times = Counter(question.question_id for question in questions.values())
    for place, slot in enumerate(slots, 1):
        question = questions.get(place)
        if question is not None and times[question.question_id] > 1:
            yield Fault("error", "question_twice", "The quiz contains this question twice", place)
        if question is not None and not question.readable:
            message = "The type of the question is not registered in this application"
            yield Fault("error", "question_unreadable", message, place)
        if isinstance(slot.holds, CheckedDraft):
            yield incomplete(place)
        if slot.requires_previous and place == 1:
            yield Fault("warning", "nothing_previous", "The first question cannot require a previous one", place)


def _alike(slots: Sequence[CheckedSlot]) -> Iterator[Fault]:
    """Yield the slots whose question equals an earlier question; texts that take no answer may be equal."""
    seen: dict[str, str] = {}
    for place, question in _questions(slots).items():
        before = seen.setdefault(question.identity, question.question_id)
        if question.answerable and before != question.question_id:
            yield Fault(
                "warning", "question_alike", "An earlier question of the quiz has the same content and key", place
            )


def _of_draws(slots: Sequence[CheckedSlot]) -> Iterator[Fault]:
    """Yield the draw for which there are not enough questions; whether there are does not depend on the seed."""
    questions = _questions(slots).values()
    identities = {question.question_id: question.identity for question in questions}
    draws = []
    for place, slot in enumerate(slots, 1):
        if isinstance(slot.holds, CheckedDraw):
            identities |= slot.holds.pool
            draws.append(drawing.Draw(place, slot.holds.pool, slot.holds.count, slot.holds.least))
    taken = [question.question_id for question in questions]
    try:
        drawing.allocate_draws(bytes(drawing.SEED_BYTES), draws, taken=taken, identities=identities)
    except Refused as refused:
        yield Fault("error", refused.code, refused.message, refused.params["slot"])


def _of_policy(policy: CheckedPolicy, slots: Sequence[CheckedSlot]) -> Iterator[Fault]:
    if not any(isinstance(slot.holds, CheckedDraft) for slot in slots):  # the points of a draft are not known
        yield from _of_points(policy, slots)
    can_pass = policy.pass_grade is not None or policy.has_requirements
    if ReviewCondition.PASSED in policy.right_answer_if and not can_pass:
        message = "Right answers are shown only after passing, but the quiz has no pass mark"
        yield Fault("warning", "no_pass_mark", message)
    if policy.wrong_penalty and not takes_wrong_penalty(policy.behaviour):
        message = "The behaviour of the quiz has penalties of its own, so wrong_penalty takes nothing"
        yield Fault("warning", "wrong_penalty_unused", message)
    if policy.behaviour is Behaviour.INTERACTIVE:
        for place, question in _questions(slots).items():
            if question.answerable and not question.has_hints:
                yield Fault("warning", "no_hints", "A question without hints has only one try", place)


def _of_points(policy: CheckedPolicy, slots: Sequence[CheckedSlot]) -> Iterator[Fault]:
    counted = max_score(
        (slot.counting, slot.max_points, slot.holds.count if isinstance(slot.holds, CheckedDraw) else 1)
        for slot in slots
    )
    if slots and not counted:
        message = "No points of the quiz count, so every grade is 0"
        yield Fault("warning", "quiz_worth_nothing", message)
    max_grade = policy.max_grade if policy.max_grade is not None else counted
    if policy.pass_grade is not None and policy.pass_grade > max_grade:
        yield Fault("error", "pass_grade_unreachable", "The pass mark is above the maximum grade of the quiz")
