"""Load the facts from which `rules.attempt_review.shown` decides what may be shown of attempts now."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.anonymous import taker_of
from quizkit.crud._core.context import S, Work
from quizkit.crud._grades.compute import finished_attempts
from quizkit.crud._terms.load import of_assignment, of_quiz
from quizkit.crud._terms.policy import assignment_state, review_of, settings_of
from quizkit.crud.attempts._paper.slots import PaperSlot
from quizkit.crud.attempts._review import statements
from quizkit.rules import attempt_review, grading
from quizkit.rules.admission import AssignmentState
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.attempt_review import NewestAttempt, QuizAssignment, ReviewedAttempt, Shown
from quizkit.rules.closing import AssignmentRules, Settings
from quizkit.schemas import AccessSettings
from quizkit.vocabulary import AttemptPurpose, AttemptState, ReviewCondition, ReviewItem, ReviewMoment

__all__ = ["marks_shown", "shown_during", "shown_items", "shown_now", "visible_slots"]


def shown_now(work: Work[S], row: Row[Any]) -> Shown:
    """Return what may be shown of an attempt now."""
    closed = not _window_is_open(row, work.now) and row.quiz_id in _closed(work, [row.quiz_id])
    return _shown(work, row, _reviewed(row), closed=closed)


def shown_items(
    work: Work[S], attempts: Sequence[Row[Any]], about: frozenset[ReviewItem]
) -> list[frozenset[ReviewItem]]:
    """Return which of some items may be shown of attempts now. Facts that do not affect these items are not loaded."""
    reviewed = [_reviewed(row) for row in attempts]
    undecided = {
        row.quiz_id
        for row, attempt in zip(attempts, reviewed, strict=True)
        if attempt_review.depends_on_close(attempt, about, work.now) and not _window_is_open(row, work.now)
    }
    closed = _closed(work, sorted(undecided)) if undecided else frozenset()
    return [
        _shown(work, row, attempt, closed=row.quiz_id in closed).items & about
        for row, attempt in zip(attempts, reviewed, strict=True)
    ]


def marks_shown(work: Work[S], attempts: Sequence[Row[Any]]) -> list[bool]:
    """Return for each attempt whether its marks may be shown now."""
    return [bool(shown) for shown in shown_items(work, attempts, frozenset({ReviewItem.MARKS}))]


def shown_during(row: Any) -> frozenset[ReviewItem]:
    """Return what is shown of an open attempt."""
    return attempt_review.shown_during(_reviewed(row))


def visible_slots(row: Any, slots: Mapping[int, PaperSlot], moment: Callable[[], ReviewMoment]) -> dict[int, PaperSlot]:
    """Return the slots whose questions may be shown; `row` is that of the attempt."""
    reach = {number: slot.reach for number, slot in slots.items()}
    finished = row.submitted_at is not None
    visible = attempt_review.visible_slots(reach, row.current_page, finished=finished, moment=moment)
    return {number: slot for number, slot in slots.items() if number in visible}


def _shown(work: Work[S], row: Row[Any], attempt: ReviewedAttempt, *, closed: bool) -> Shown:
    def is_met(condition: ReviewCondition) -> bool:
        return attempt_review.is_met(
            condition,
            archived=_assignment(row).is_archived,
            has_passed=lambda: grading.has_passed(*finished_attempts(work, [row])),
            attempts_left=lambda: _attempts_left(work, row),
        )

    return attempt_review.shown(attempt, closed=closed, now=work.now, is_met=is_met)


def _reviewed(row: Any) -> ReviewedAttempt:
    policy = review_of(row.review, settings_of(row))
    return ReviewedAttempt(
        policy=policy.by_item(),
        right_answer_if=policy.right_answer_if,
        released_at=policy.released_at,
        is_preview=row.purpose != AttemptPurpose.REAL,
        finished_at=row.submitted_at,
        due_at=row.due_at,
        accepts_until=row.accepts_until,
    )


def _assignment(row: Any) -> AssignmentState:
    """Return the state of the attempt's own assignment."""
    return assignment_state(row, row.quiz_state, others=row.others, prefix="assignment_")


# ---------------------------------------------------------------------------------------------- the close


def _window_is_open(row: Any, now: datetime) -> bool:
    """Return whether the window of the attempt's own assignment, without overrides, allows a start now or later."""
    return attempt_review.own_window_is_open(
        _assignment(row), due_at=row.assignment_due_at, closes_at=row.assignment_closes_at, now=now
    )


def _closed(work: Work[S], quiz_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return the quizzes that nobody can answer any more, in any of their assignments."""
    rows: dict[uuid.UUID, list[Any]] = {quiz_id: [] for quiz_id in quiz_ids}
    for row in work.run(statements.assignments, {"__quizzes": list(quiz_ids), "__now": work.now}):
        rows[row.quiz_id].append(row)
    assignments = {quiz_id: _assignments(found) for quiz_id, found in rows.items()}

    # Overrides can only delay the close, so they are loaded only for quizzes that are closed without them.
    closed = {key: found for key, found in assignments.items() if attempt_review.is_closed(found.values(), work.now)}
    if not any(assignment.state.takes_attempts for found in closed.values() for assignment in found.values()):
        return frozenset(closed)
    overrides: dict[uuid.UUID, list[Settings]] = {}
    for row in work.run(statements.overrides, {"__quizzes": list(closed)}):
        override = AccessSettings.model_validate_json(row.settings).explicit_values()
        overrides.setdefault(row.assignment_id, []).append(override)
    return frozenset(
        quiz_id
        for quiz_id, found in closed.items()
        if attempt_review.is_closed(
            [_with(assignment, overrides.get(key, ())) for key, assignment in found.items()], work.now
        )
    )


def _with(assignment: QuizAssignment, overrides: Sequence[Settings]) -> QuizAssignment:
    return replace(assignment, rules=replace(assignment.rules, overrides=overrides))


def _assignments(of_one_quiz: Sequence[Any]) -> dict[uuid.UUID, QuizAssignment]:
    """Return the assignments of a quiz by id, without overrides."""
    others = any(not row.default_marker for row in of_one_quiz)
    return {
        row.id: QuizAssignment(
            state=assignment_state(row, row.quiz_state, others=others),
            rules=AssignmentRules({**of_quiz(row), **of_assignment(row)}),
            has_open_attempt=row.has_open_attempt,
        )
        for row in of_one_quiz
    }


# ---------------------------------------------------------------------------------------------- attempts left


def _attempts_left(work: Work[S], row: Row[Any]) -> int | None:
    params = {"assignment_id": row.assignment_id, "__taker": taker_of(row)}
    newest = work.first(statements.used, params)
    if newest is None:
        return attempt_review.attempts_left(None, {}, tuple)

    def overrides() -> Iterator[Settings]:
        return (json.loads(override.settings) for override in work.run(statements.attempt_overrides, params))

    return attempt_review.attempts_left(
        NewestAttempt(
            number=newest.number,
            is_open=newest.state == AttemptState.OPEN,
            max_attempts=AttemptPolicy.read(newest.policy).max_attempts,
        ),
        {"max_attempts": newest.max_attempts, **settings_of(newest).explicit_values()},
        overrides,
    )
