"""Load the facts from which `rules.release` decides what may be shown of attempts now."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms.access import of_assignment, of_quiz
from quizkit.crud._terms.policy import has_rules, review_of, settings_of
from quizkit.crud.attempts._paper.slots import PaperSlot
from quizkit.crud.attempts._review import statements
from quizkit.rules import attempt_limits, release, scoring, timing
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.schemas import AccessSettings, ReviewPolicy
from quizkit.vocabulary import AttemptPurpose, AttemptState, QuizState, ReviewCondition, ReviewItem, ReviewMoment

__all__ = ["Shown", "may_see", "share_of", "shown_during", "shown_items", "shown_now"]


class Shown(NamedTuple):
    """The review moment of an attempt, and the items that may be shown then."""

    moment: ReviewMoment
    items: frozenset[ReviewItem]


def shown_now(work: Work[S], row: Row[Any]) -> Shown:
    """Return what may be shown of an attempt now."""
    policy = _policy_of(row)
    closed = not _open_by_itself(row, work.now) and row.quiz_id in _closed(work, [row.quiz_id])
    return _shown(work, row, policy, closed=closed)


def shown_items(
    work: Work[S], attempts: Sequence[Row[Any]], about: frozenset[ReviewItem]
) -> list[frozenset[ReviewItem]]:
    """Return which of some items may be shown of attempts now. Facts that do not affect these items are not loaded."""
    policies = [_policy_of(row) for row in attempts]
    undecided = {
        row.quiz_id
        for row, policy in zip(attempts, policies, strict=True)
        if _depends(policy, row, work.now, about) and not _open_by_itself(row, work.now)
    }
    closed = _closed(work, sorted(undecided)) if undecided else frozenset()
    return [
        _shown(work, row, policy, closed=row.quiz_id in closed).items & about
        for row, policy in zip(attempts, policies, strict=True)
    ]


def shown_during(row: Any) -> frozenset[ReviewItem]:
    """Return what is shown of an open attempt. Its outcome is not known yet, so that no condition is met."""
    return _during(_policy_of(row))


def may_see(paper_slot: PaperSlot, row: Any) -> bool:
    """Return whether the taker may see a question from the current page; after finishing, also from pages they left."""
    page = row.current_page
    return paper_slot.within(page) if row.submitted_at is None else paper_slot.reached(page)


def share_of(row: Any) -> Fraction | None:
    """Return the share of the maximum that an attempt earned, for its grade; None while it needs manual grading."""
    if row.needs_grading:
        return None
    return scoring.share_of(row.score, row.max_score)


def _shown(work: Work[S], row: Row[Any], policy: ReviewPolicy, *, closed: bool) -> Shown:
    items = policy.by_item()
    if row.purpose != AttemptPurpose.REAL and row.submitted_at is not None:
        moment = ReviewMoment.AFTER_CLOSE
        return Shown(moment, release.released(items, moment))
    ended = _ended_at(row, work.now)
    if ended is None:
        return Shown(ReviewMoment.DURING, _during(policy))
    moment = release.moment_of(finished_at=ended, closed=closed, now=work.now)
    shown = release.released(items, moment)
    if row.submitted_at is None:
        # An overdue attempt still counts as open, but must not show more than it would if it were submitted.
        shows_question = ReviewItem.QUESTION in shown
        return Shown(ReviewMoment.DURING, _during(policy) if shows_question else frozenset())
    if ReviewItem.RIGHT_ANSWER in shown and policy.right_answer_if:
        met = [one for one in policy.right_answer_if if _is_met(work, row, one)]
        shown = release.on_condition(shown, policy.right_answer_if, met)
    return Shown(moment, shown)


def _policy_of(row: Any) -> ReviewPolicy:
    return review_of(row.review, settings_of(row))


def _during(policy: ReviewPolicy) -> frozenset[ReviewItem]:
    return release.on_condition(release.released(policy.by_item(), ReviewMoment.DURING), policy.right_answer_if, ())


def _ended_at(row: Any, now: datetime) -> datetime | None:
    """Return when an attempt was finished, or its deadline if it is overdue; None while it is open."""
    if row.submitted_at is not None:
        found: datetime = row.submitted_at
        return found
    overdue = timing.state_at(AttemptState.OPEN, row.accepts_until, now) is AttemptState.OVERDUE
    return (row.due_at or row.accepts_until) if overdue else None


def _depends(policy: ReviewPolicy, row: Any, now: datetime, about: frozenset[ReviewItem]) -> bool:
    """Return whether some items of an attempt may be shown now only if the quiz is closed, or only if it is not."""
    ended = _ended_at(row, now)
    if ended is None:
        return False
    before, after = (
        release.released(policy.by_item(), release.moment_of(finished_at=ended, closed=closed, now=now))
        for closed in (False, True)
    )
    return before & about != after & about


# ---------------------------------------------------------------------------------------------- the close


def _closed(work: Work[S], quiz_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return the quizzes that nobody can answer any more, in any of their assignments."""
    assignments: dict[uuid.UUID, list[Any]] = {quiz_id: [] for quiz_id in quiz_ids}
    for row in work.run(statements.assignments, {"_quizzes": list(quiz_ids), "_now": work.now}):
        assignments[row.quiz_id].append(row)
    with_open_attempts = {quiz_id for quiz_id, rows in assignments.items() if any(row.somebody_sits for row in rows)}
    offered = {
        row.id: release.Offered({**of_quiz(row), **of_assignment(row)})
        for rows in assignments.values()
        for row in rows
        if _takes_attempts(row, others=any(not one.default_marker for one in rows))
    }

    def is_over(quiz_id: uuid.UUID) -> bool:
        here = [offered[row.id] for row in assignments[quiz_id] if row.id in offered]
        return release.is_over(here, somebody_sits=quiz_id in with_open_attempts, now=work.now)

    # Overrides can only delay the close, so they are loaded only for quizzes that are closed without them.
    candidates = [quiz_id for quiz_id in quiz_ids if is_over(quiz_id)]
    if not candidates or not offered:
        return frozenset(candidates)
    for row in work.run(statements.overrides, {"_quizzes": candidates}):
        known = offered.get(row.assignment_id)
        if known is not None:
            override = AccessSettings.model_validate_json(row.said).explicit_values()
            offered[row.assignment_id] = release.Offered(known.rules, (*known.words, override))
    return frozenset(quiz_id for quiz_id in candidates if is_over(quiz_id))


def _is_archived(row: Any) -> bool:
    return row.given_archived_at is not None or row.quiz_state == QuizState.ARCHIVED


def _open_by_itself(row: Any, now: datetime) -> bool:
    """Return whether the window of the attempt's own assignment, without overrides, allows a start now or later."""
    if _is_archived(row) or (row.default_marker and row.others and not has_rules(row, "given_")):
        return False
    ends = [end for end in (row.given_due_at, row.given_closes_at) if end is not None]
    return not ends or now < min(ends)


def _takes_attempts(assignment: Any, *, others: bool) -> bool:
    """Return whether an assignment accepts new attempts, from anybody at any time."""
    if assignment.archived_at is not None or assignment.quiz_state == QuizState.ARCHIVED:
        return False
    return not (assignment.default_marker and others) or has_rules(assignment)


# ---------------------------------------------------------------------------------------------- other conditions


def _is_met(work: Work[S], row: Row[Any], condition: ReviewCondition) -> bool:
    """Return whether a condition for showing the right answer is met."""
    if condition is ReviewCondition.ARCHIVED:
        return _is_archived(row)
    if condition is ReviewCondition.PASSED:
        return _has_passed(row)
    return _is_archived(row) or _attempts_left(work, row) == 0


def _attempts_left(work: Work[S], row: Row[Any]) -> int | None:
    """Return the maximum number of attempts left, by the rules of the newest attempt and by the current rules.

    The most lenient rule applies, because a taker who gets another attempt must not have seen the key. Overrides of all
    groups count, since it is not known which groups the taker is in.
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
    allowed += [json.loads(override.said)["max_attempts"] for override in overrides]
    most = None if None in allowed else max(one for one in allowed if one is not None)
    return attempt_limits.attempts_left(newest.number, most)


def _has_passed(row: Any) -> bool:
    policy = AttemptPolicy.read(row.policy)
    share = share_of(row)
    if share is None or row.state != AttemptState.SUBMITTED:
        return False
    return scoring.has_passed(scoring.grade_of(share, policy.scale(row.max_score)), policy.pass_grade) is True
