"""What is wrong with a quiz as a whole, and what its author probably did not mean. Pure: no session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from quizkit.crud.questions.contained import Contained, question_of
from quizkit.errors import Invalid, Problem, Refused
from quizkit.questions import Question, registered
from quizkit.rules import drawing, scoring
from quizkit.schemas import QuizProblem, ReviewPolicy
from quizkit.vocabulary import Behaviour, Counting, ReviewCondition

__all__ = ["problems_of_quiz", "refuse_errors", "unanswerable", "worths"]


def unanswerable() -> list[str]:
    """Return the types that nobody can answer, and that no draw takes."""
    return [name for name, kind in registered().items() if not kind.answerable]


def refuse_errors(problems: Iterable[QuizProblem]) -> None:
    """Refuse a quiz with problems that are errors."""
    faults = [
        Problem(f"slot.{one.slot}" if one.slot is not None else "", one.code, one.message)
        for one in problems
        if one.severity == "error"
    ]
    if faults:
        raise Invalid("quiz_invalid", f"The quiz cannot be published: {faults[0].message}", faults)


def problems_of_quiz(
    policy: Any, slots: Sequence[Any], pools: Mapping[int, Mapping[str, str]]
) -> Iterator[QuizProblem]:
    """Yield the problems of a quiz: of its policy, of its places, and of each question.

    Args:
        policy: the quiz, or its row.
        slots: the rows of its slots, in order, with what they hold.
        pools: the questions that each place that draws can draw: their ids, and what they ask.
    """
    questions = {
        place: question_of(slot.body, slot.question_id)
        for place, slot in enumerate(slots, 1)
        if slot.question_id is not None
    }
    yield from _of_places(slots, questions, pools)
    yield from _of_policy(policy, slots, questions)
    for place, question in questions.items():
        for found in Contained(question, slots[place - 1].question_id).lint():
            yield QuizProblem(severity="warning", code=found.code, message=found.message, slot=place, path=found.path)


def worths(slots: Iterable[Any]) -> list[Decimal]:
    """Return what the places that count are worth, each with all that it draws."""
    return [scoring.worth_of(s.worth, s.draw_count or 1) for s in slots if s.counting == Counting.COUNTS]


def _error(code: str, message: str, slot: int | None = None) -> QuizProblem:
    return QuizProblem(severity="error", code=code, message=message, slot=slot)


def _warning(code: str, message: str, slot: int | None = None) -> QuizProblem:
    return QuizProblem(severity="warning", code=code, message=message, slot=slot)


def _of_places(
    slots: Sequence[Any], questions: Mapping[int, Question], pools: Mapping[int, Mapping[str, str]]
) -> Iterator[QuizProblem]:
    if not slots:
        yield _error("quiz_empty", "A quiz needs at least one question before it can be published")
    asked = [str(slot.question_id) for slot in slots if slot.question_id is not None]
    times = Counter(asked)
    for place, slot in enumerate(slots, 1):
        if slot.question_id is not None and times[str(slot.question_id)] > 1:
            yield _error("question_twice", "The same question stands in the quiz twice", place)
        if place in questions and registered().get(questions[place].type) is not type(questions[place]):
            yield _error("question_unreadable", "The question is of a type that is not registered here", place)
        if slot.requires_previous and place == 1:
            yield _warning("nothing_previous", "The first question has none before it", place)
    yield from _alike(slots, questions)
    alike = {str(slot.question_id): slot.identity for slot in slots if slot.question_id is not None}
    for pool in pools.values():
        alike |= pool
    draws = [
        drawing.Draw(place, pools[place], slot.draw_count)
        for place, slot in enumerate(slots, 1)
        if slot.question_id is None
    ]
    try:
        drawing.drawn(bytes(drawing.SEED_BYTES), draws, taken=asked, alike=alike)
    except Refused as refused:
        yield _error(refused.code, refused.message, refused.params["slot"])


def _alike(slots: Sequence[Any], questions: Mapping[int, Question]) -> Iterator[QuizProblem]:
    """Yield the places whose question asks the same as another question before it. Texts between questions may."""
    seen: dict[str, Any] = {}
    for place, question in questions.items():
        slot = slots[place - 1]
        before = seen.setdefault(slot.identity, slot.question_id)
        if question.answerable and before != slot.question_id:
            yield _warning("question_alike", "Another question of the quiz asks the same", place)


def _of_policy(policy: Any, slots: Sequence[Any], questions: Mapping[int, Question]) -> Iterator[QuizProblem]:
    counted, _ = scoring.total(worths(slots))
    if slots and not counted:
        yield _warning("quiz_worth_nothing", "No question of the quiz counts, so that every grade is 0")
    most = policy.max_grade if policy.max_grade is not None else counted
    if policy.pass_grade is not None and policy.pass_grade > most:
        yield _error("pass_grade_unreachable", "The pass mark is above what the whole quiz is worth")
    needed = ReviewPolicy.model_validate(policy.review).right_answer_if
    if ReviewCondition.PASSED in needed and policy.pass_grade is None:
        yield _warning("no_pass_mark", "Right answers are for those who passed, and there is no pass mark")
    if policy.behaviour == Behaviour.INTERACTIVE:
        for place, question in questions.items():
            if question.answerable and not question.hints:
                yield _warning("no_hints", "Without hints there is one try only", place)
