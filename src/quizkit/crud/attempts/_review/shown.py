"""Load the facts from which `rules.attempt_review` decides what may be shown of attempts now."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms.load import of_assignment, of_quiz
from quizkit.crud._terms.policy import assignment_state, review_of, settings_of
from quizkit.crud.attempts._review import statements
from quizkit.rules import attempt_limits, attempt_review, grading, release
from quizkit.rules.admission import AssignmentState
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.attempt_review import ReviewedAttempt, Shown
from quizkit.rules.grading import FinishedAttempt
from quizkit.rules.release import AssignmentRules
from quizkit.schemas import AccessSettings
from quizkit.vocabulary import AttemptPurpose, AttemptState, ReviewCondition, ReviewItem

__all__ = ["shown_during", "shown_items", "shown_now"]


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


def shown_during(row: Any) -> frozenset[ReviewItem]:
    """Return what is shown of an open attempt."""
    return attempt_review.shown_during(_reviewed(row))


def _shown(work: Work[S], row: Row[Any], attempt: ReviewedAttempt, *, closed: bool) -> Shown:
    def is_met(condition: ReviewCondition) -> bool:
        return attempt_review.is_met(
            condition,
            archived=_assignment(row).is_archived,
            has_passed=lambda: grading.has_passed(_finished(row)),
            attempts_left=lambda: _attempts_left(work, row),
        )

    return attempt_review.shown(attempt, closed=closed, now=work.now, is_met=is_met)


def _reviewed(row: Any) -> ReviewedAttempt:
    policy = review_of(row.review, settings_of(row))
    return ReviewedAttempt(
        policy=policy.by_item(),
        right_answer_if=policy.right_answer_if,
        is_preview=row.purpose != AttemptPurpose.REAL,
        finished_at=row.submitted_at,
        due_at=row.due_at,
        accepts_until=row.accepts_until,
    )


def _assignment(row: Any) -> AssignmentState:
    """Return the state of the attempt's own assignment."""
    return assignment_state(row, row.quiz_state, others=row.others, prefix="assignment_")


def _finished(row: Any) -> FinishedAttempt:
    return FinishedAttempt(AttemptState(row.state), row.score, row.max_score, row.needs_grading, row.policy)


# ---------------------------------------------------------------------------------------------- the close


def _window_is_open(row: Any, now: datetime) -> bool:
    """Return whether the window of the attempt's own assignment, without overrides, allows a start now or later."""
    return attempt_review.own_window_is_open(
        _assignment(row), due_at=row.assignment_due_at, closes_at=row.assignment_closes_at, now=now
    )


def _closed(work: Work[S], quiz_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return the quizzes that nobody can answer any more, in any of their assignments."""
    assignments: dict[uuid.UUID, list[Any]] = {quiz_id: [] for quiz_id in quiz_ids}
    for row in work.run(statements.assignments, {"_quizzes": list(quiz_ids), "_now": work.now}):
        assignments[row.quiz_id].append(row)
    rules = {row.id: _rules(row) for rows in assignments.values() for row in rows if _takes_attempts(row, rows)}

    def is_over(quiz_id: uuid.UUID) -> bool:
        rows = assignments[quiz_id]
        here = [rules[row.id] for row in rows if row.id in rules]
        has_open_attempt = any(row.has_open_attempt for row in rows)
        return release.is_over(here, has_open_attempt=has_open_attempt, now=work.now)

    # Overrides can only delay the close, so they are loaded only for quizzes that are closed without them.
    candidates = [quiz_id for quiz_id in quiz_ids if is_over(quiz_id)]
    if not candidates or not rules:
        return frozenset(candidates)
    for row in work.run(statements.overrides, {"_quizzes": candidates}):
        known = rules.get(row.assignment_id)
        if known is not None:
            override = AccessSettings.model_validate_json(row.settings).explicit_values()
            rules[row.assignment_id] = AssignmentRules(known.settings, (*known.overrides, override))
    return frozenset(quiz_id for quiz_id in candidates if is_over(quiz_id))


def _takes_attempts(row: Any, of_quiz: Sequence[Any]) -> bool:
    others = any(not one.default_marker for one in of_quiz)
    return assignment_state(row, row.quiz_state, others=others).takes_attempts


def _rules(row: Any) -> AssignmentRules:
    return AssignmentRules({**of_quiz(row), **of_assignment(row)})


# ---------------------------------------------------------------------------------------------- attempts left


def _attempts_left(work: Work[S], row: Row[Any]) -> int | None:
    """Return the maximum number of attempts left, by the rules of the newest attempt and by the current rules.

    None for no limit, and while the newest attempt is open. The most lenient rule applies, because a taker who gets
    another attempt must not have seen the key. Overrides of all groups count, since it is not known which groups the
    taker is in.
    """
    of = {"assignment_id": row.assignment_id, "_taker": row.taker_id}
    newest = work.first(statements.used, of)
    if newest is None or newest.state == AttemptState.OPEN:
        return None
    allowed = [
        AttemptPolicy.read(newest.policy).max_attempts,
        settings_of(newest).explicit_values().get("max_attempts", newest.max_attempts),
    ]
    overrides = work.run(statements.attempt_overrides, of)
    allowed += [json.loads(override.settings)["max_attempts"] for override in overrides]
    return attempt_limits.attempts_left_at_most(newest.number, allowed)
