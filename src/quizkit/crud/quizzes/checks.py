"""Check a quiz for errors, which must be fixed before publishing, and for probable mistakes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.questions.pools import find_pool
from quizkit.crud.quizzes import statements
from quizkit.errors import Invalid, Problem
from quizkit.questions import Question, registered
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.questions._guards.stored import question_of
from quizkit.rules import quiz_checks
from quizkit.rules.quiz_checks import CheckedDraft, CheckedDraw, CheckedPolicy, CheckedQuestion, CheckedSlot, Fault
from quizkit.schemas import QuizProblem, QuizReturn, ReviewPolicy
from quizkit.vocabulary import Behaviour, Counting

__all__ = ["drafted_slots", "problems", "refuse_errors", "refuse_incomplete"]


def drafted_slots(work: Work[S], revision_id: uuid.UUID) -> Sequence[Row[Any]]:
    """Return the ordered slots of a draft, each with the question revision that publishing would use."""
    return work.run(statements.drafted_slots, {"revision_id": revision_id}).all()


def problems(work: Work[S], policy: QuizReturn[S] | Row[Any], slots: Sequence[Row[Any]]) -> Iterator[QuizProblem]:
    """Yield the problems of a quiz: of its slots, of its policy, and of each question.

    Draws are checked against their current pools.
    """
    pools = {
        position: {
            str(row.id): row.identity
            for row in find_pool(work, slot.draw_bank_id, slot.draw_category_id, slot.draw_tags or [])
        }
        for position, slot in enumerate(slots, 1)
        if slot.question_id is None
    }
    questions = {
        position: question_of(slot.body, slot.revision_id)
        for position, slot in enumerate(slots, 1)
        if slot.question_id is not None and not slot.is_incomplete
    }
    checked = [
        _checked(slot, questions.get(position), pools.get(position, {})) for position, slot in enumerate(slots, 1)
    ]
    for fault in quiz_checks.faults(_policy(policy, slots), checked):
        yield _problem(fault)
    for position, question in questions.items():
        for found in GuardedQuestion(question, slots[position - 1].revision_id).lint():
            yield QuizProblem(
                severity="warning", code=found.code, message=found.message, slot=position, path=found.path
            )


def refuse_errors(found: Iterable[QuizProblem]) -> None:
    """Raise `Invalid` if some of the problems are errors.

    Raises:
        Invalid: `quiz_invalid`.
    """
    faults = [
        Problem(f"slot.{problem.slot}" if problem.slot is not None else "", problem.code, problem.message)
        for problem in found
        if problem.severity == "error"
    ]
    if faults:
        raise Invalid("quiz_invalid", f"The quiz cannot be published: {faults[0].message}", faults)


def refuse_incomplete(slots: Sequence[Row[Any]]) -> None:
    """Raise `Invalid` if the question of a slot is not complete, even if takers have an older revision of it.

    Raises:
        Invalid: `quiz_invalid`.
    """
    refuse_errors(
        _problem(quiz_checks.incomplete(position)) for position, slot in enumerate(slots, 1) if slot.is_incomplete
    )


def _problem(fault: Fault) -> QuizProblem:
    return QuizProblem(severity=fault.severity, code=fault.code, message=fault.message, slot=fault.slot)


def _policy(policy: QuizReturn[S] | Row[Any], slots: Sequence[Row[Any]]) -> CheckedPolicy:
    return CheckedPolicy(
        behaviour=Behaviour(policy.behaviour),
        max_grade=policy.max_grade,
        pass_grade=policy.pass_grade,
        right_answer_if=ReviewPolicy.model_validate(policy.review).right_answer_if,
        has_requirements=any({slot.pass_share, slot.section_pass_share} != {None} for slot in slots),
        wrong_penalty=policy.wrong_penalty,
    )


def _checked(slot: Row[Any], question: Question | None, pool: Mapping[str, str]) -> CheckedSlot:
    content: CheckedQuestion | CheckedDraw | CheckedDraft
    if slot.is_incomplete:
        content = CheckedDraft()
    elif question is None:
        content = CheckedDraw(pool, slot.draw_count, slot.draw_min)
    else:
        content = CheckedQuestion(
            question_id=str(slot.question_id),
            identity=slot.identity,
            readable=registered().get(question.type) is type(question),
            answerable=question.answerable,
            has_hints=bool(question.hints),
        )
    # A draft has no points yet.
    max_points = Decimal(0) if slot.is_incomplete else slot.max_points
    return CheckedSlot(content, max_points, Counting(slot.counting), requires_previous=slot.requires_previous)
