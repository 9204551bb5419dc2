"""Two quizzes with the same takers: rows and actions of one do not affect the other."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from conftest import Caller
from quizkit.crud import assignments, attempts, banks, categories, gradebook, questions, quizzes
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    AssignmentUpdate,
    BankCreate,
    CategoryCreate,
    CategoryUpdate,
    DrawSlot,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    SectionOutline,
)
from taking import HOUR, MINUTE, NOON, answer, published, yes

LATER = NOON + 2 * MINUTE


class Course(NamedTuple):
    """A quiz with an assignment and takers."""

    quiz: uuid.UUID
    given: uuid.UUID
    bank: uuid.UUID
    category: uuid.UUID
    question: uuid.UUID
    finished: uuid.UUID
    open: uuid.UUID


def course(call: Caller, attempts_allowed: int) -> Course:
    """Create a quiz with draws, two assignments, overrides, a finished attempt of ann and an open one of ben."""
    bank = call(banks.create, BankCreate(name="Rivers"), now=NOON).id
    category = call(categories.create, CategoryCreate(bank_id=bank, name="Europe"), now=NOON).id
    call(questions.add, [yes(8, tags=["long"])], bank_id=bank, category_id=category, now=NOON)
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes(1)]), now=NOON)
    (asked,) = call(questions.page, bank_id=quiz.bank_id).items
    slots: list[Any] = [QuestionSlot(question_id=asked.id), DrawSlot(bank_id=bank, category_id=category, tags=["long"])]
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=slots)]), now=NOON)
    call(quizzes.publish, quiz.id, now=NOON)
    given = call(assignments.create, AssignmentCreate(quiz_id=quiz.id, closes_at=NOON + HOUR), now=NOON).id
    limits = AccessSettings(max_attempts=attempts_allowed, time_limit_seconds=600)
    call(assignments.override, given, limits, taker="ann", now=NOON)
    call(assignments.extend, given, seconds=60, taker=None, now=NOON)
    taken = {
        taker: call(attempts.start, quiz.id, assignment_id=given, taker=taker, now=NOON).attempt_id
        for taker in ("ann", "ben")
    }
    for taker, attempt in taken.items():
        call(attempts.save, attempt, answer(1, answer=True), taker=taker, now=NOON + MINUTE)
    call(attempts.submit, taken["ann"], taker="ann", now=NOON + MINUTE)
    return Course(quiz.id, given, bank, category, asked.id, taken["ann"], taken["ben"])


def seen(call: Caller, c: Course) -> dict[str, Any]:
    """Return the results of every verb that reads, for a course."""
    where: dict[str, Any] = {"assignment_id": c.given}
    return {
        "quiz": call(quizzes.get, c.quiz),
        "outline": call(quizzes.outline, c.quiz),
        "lint": call(quizzes.lint, c.quiz),
        "assignments": call(assignments.page, quiz_id=c.quiz),
        "events": call(assignments.events, **where),
        "access": call(attempts.explain_access, c.quiz, taker="ann", **where, now=LATER),
        "categories": call(categories.page, bank_id=c.bank),
        "questions": call(questions.page, bank_id=c.bank),
        "attempts": call(attempts.page, taker="ann", quiz_id=c.quiz, now=LATER),
        "result": call(attempts.result, c.finished, taker="ann", now=LATER),
        "review": call(attempts.review, c.finished, taker="ann", now=LATER),
        "paper": call(attempts.paper, c.open, taker="ben", now=LATER),
        "grade": call(attempts.grade, c.quiz, taker="ann", **where, now=LATER),
        "grades": call(gradebook.grades, **where),
        "leaderboard": call(gradebook.leaderboard, **where),
        "place": call(gradebook.place, **where, taker="ann"),
        "standings": call(gradebook.standings, [c.given]),
        "means": call(gradebook.means, **where, groups={"all": []}),
        "roster": call(gradebook.roster, **where, takers=["ann", "ben", "cem"]),
    }


def change(call: Caller, c: Course) -> None:
    """Call every verb that writes, for a course."""
    call(gradebook.rebuild, assignment_id=c.given, now=LATER)
    call(assignments.extend, c.given, seconds=60, now=LATER)
    call(assignments.override, c.given, AccessSettings(max_attempts=9), taker="ben", now=LATER)
    call(assignments.update, c.given, AssignmentUpdate(context="7b"), now=LATER)
    call(quizzes.update, c.quiz, QuizUpdate(title="Lakes"), now=LATER)
    call(categories.update, c.category, CategoryUpdate(name="Asia"), now=LATER)
    call(questions.revise, c.question, yes(3), now=LATER)
    call(quizzes.publish, c.quiz, now=LATER)
    call(attempts.submit, c.open, taker="ben", now=LATER)
    call(attempts.start, c.quiz, assignment_id=c.given, taker="ann", now=LATER)
    call(questions.archive, c.question, now=LATER)
    call(assignments.archive, c.given, now=LATER)
    call(quizzes.archive, c.quiz, now=LATER)


def test_a_second_quiz_with_the_same_takers_does_not_change_the_first(call: Caller) -> None:
    first = course(call, 2)
    before = seen(call, first)

    second = course(call, 3)

    assert seen(call, first) == before
    assert seen(call, second)["access"].attempts_left == before["access"].attempts_left + 1


def test_actions_on_one_quiz_do_not_change_another(call: Caller) -> None:
    first, second, third = (course(call, allowed) for allowed in (2, 3, 4))
    before = seen(call, first), seen(call, third)

    change(call, second)

    assert (seen(call, first), seen(call, third)) == before


def test_the_grade_of_a_quiz_is_that_of_its_own_default_assignment(call: Caller) -> None:
    made = {}
    for right in (True, False, True):
        quiz = published(call)
        attempt = call(attempts.start, quiz, taker="ann", now=NOON).attempt_id
        call(attempts.submit, attempt, responses=[answer(1, answer=right)], taker="ann", now=NOON)
        made[quiz] = int(right)

    assert {quiz: call(attempts.grade, quiz, taker="ann", now=LATER).grade for quiz in made} == made
