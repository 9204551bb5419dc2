"""Explain what a taker may do now, and for every value the rule that it comes from."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._grades.compute import finished_attempts, required_points
from quizkit.crud._terms.kept import Kept
from quizkit.crud._terms.load import effect_of, events_of, refuse_unpublished, resolved, terms_of
from quizkit.crud.attempts._finish import statements as finish_statements
from quizkit.crud.attempts._new_attempt import statements
from quizkit.crud.attempts._new_attempt.allowed_paper import allowed_paper, has_passed
from quizkit.crud.attempts._new_attempt.prefill import last_to_take_over
from quizkit.crud.attempts._review import grade_statements
from quizkit.crud.attempts.access_check import AccessRequest, request_of
from quizkit.errors import Refused
from quizkit.questions._content import write_fraction
from quizkit.rules import access, admission, attempt_limits
from quizkit.rules.drawing import SEED_BYTES
from quizkit.rules.grading import FinishedAttempt, assignment_grade
from quizkit.schemas import AccessReport, AccessValue
from quizkit.vocabulary import AttemptPurpose, AttemptState

__all__ = ["explain_access"]


def explain_access(
    work: Work[S],
    quiz_id: uuid.UUID | None,
    taker: S,
    assignment_id: uuid.UUID | None,
    groups: tuple[str, ...],
    credentials: Mapping[str, Any],
) -> AccessReport:
    """Return what a taker may do now. Nothing is written."""
    terms = terms_of(work, quiz_id, assignment_id)
    refuse_unpublished(terms)
    events = events_of(work, terms.assignment_id, taker, groups)
    explained = resolved(terms, events, work.now)
    rules = access.access_of(explained)
    params = {"assignment_id": terms.assignment_id, "__taker": taker, "__purpose": AttemptPurpose.REAL.value}
    newest = work.first(statements.newest, params, [work.models.table(work.models.attempt).c.exceptions])
    going_on = newest is not None and admission.continues(AttemptState(newest.state), newest.accepts_until, work.now)
    current = newest if going_on else None
    used = newest.number if newest is not None else 0
    request = request_of(
        terms, None if work.models.is_anonymous else taker, groups, credentials, going_on=going_on, now=work.now
    )
    refusal = _refusal(work, terms, rules, newest, request, taker, named=assignment_id is not None)
    return AccessReport(
        quiz_id=terms.quiz_id,
        assignment_id=terms.assignment_id,
        values=tuple(
            AccessValue(
                name=name,
                value=_json_value(found.value),
                source=found.source,
                group=found.group,
                base=found.base,
                plus=found.plus,
            )
            for name, found in explained.items()
        ),
        may_start=refusal is None,
        refusal=refusal,
        open_attempt_id=current.id if current is not None else None,
        open_due_at=current.due_at if current is not None else None,
        open_without=() if current is None else tuple(one.id for one in Kept.read(current.exceptions).without(events)),
        attempts_used=used,
        attempts_left=attempt_limits.attempts_left(used, rules.max_attempts),
        effect=effect_of(rules, work.now),
    )


def _refusal(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access,
    newest: Row[Any] | None,
    request: AccessRequest[S],
    taker: S,
    *,
    named: bool,
) -> str | None:
    """Return the code with which starting or continuing would be refused now, or None."""
    admit = work.context.admit
    try:
        if admit is not None:
            admit(request)
        if not request.going_on:
            used = admission.Used() if newest is None else _used(work, newest, taker, rules)
            # The seed does not matter: whether the draws succeed is the same for every seed.
            last = last_to_take_over(terms, rules, newest, work.now)
            allowed_paper(work, terms, rules, taker, used, bytes(SEED_BYTES), named=named, last=last)
    except Refused as refused:
        return refused.code
    return None


def _used(work: Work[S], newest: Row[Any], taker: S, rules: access.Access) -> admission.Used:
    """Return the attempts that a taker has used, with an overdue one as `start` will finish it."""
    if newest.submitted_at is not None:
        passed = rules.stop_after_passing and has_passed(work, newest.assignment_id, taker, statements.passed)
        return admission.Used(newest.number, newest.submitted_at, passed)
    params = {"__attempt": newest.id, "__taker": taker, "__now": work.now}
    finished = work.run(finish_statements.will_finish, params).one()
    passed = rules.stop_after_passing and _will_have_passed(work, newest, taker, finished)
    return admission.Used(newest.number, finished.submitted_at, passed)


def _will_have_passed(work: Work[S], newest: Row[Any], taker: S, finished: Row[Any]) -> bool:
    """Return whether the grade of a taker passes as soon as the overdue attempt is finished."""
    rows = work.run(grade_statements.finished_of, {"assignment_id": newest.assignment_id, "__taker": taker}).all()
    last = FinishedAttempt(
        state=AttemptState(finished.state),
        score=finished.score,
        max_score=newest.max_score,
        needs_grading=bool(finished.needs_grading),
        policy=newest.policy,
        submitted_at=finished.submitted_at,
        due_at=newest.due_at,
        points=required_points(work, [newest]).get(newest.id, {}),
    )
    return bool(assignment_grade([*finished_attempts(work, rows), last]).passed)


def _json_value(value: Any) -> Any:
    """Return a value in an exact JSON form."""
    return write_fraction(value) if isinstance(value, Fraction) else value
