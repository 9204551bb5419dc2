"""Insert a new attempt."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.dialects import is_duplicate
from quizkit.crud._grades.compute import open_grade, owner
from quizkit.crud._terms.kept import Kept
from quizkit.crud._terms.policy import credit_steps, settings_of
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._new_attempt import statements
from quizkit.crud.attempts._new_attempt.compose import NewPaper
from quizkit.rules import access
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.credit import Credit
from quizkit.rules.drawing import ALGORITHM
from quizkit.vocabulary import AttemptPurpose, AttemptState

__all__ = ["NewAttempt", "insert_attempt"]


class NewAttempt(NamedTuple):
    """What is known of an attempt before anything is read; `extra` are the host's columns.

    `pseudonym` is that of an anonymous taker, whose `taker` is the hash of the token; None for a user.
    """

    attempt_id: uuid.UUID
    taker: Any
    purpose: AttemptPurpose
    seed: bytes
    extra: dict[str, Any]
    pseudonym: str | None = None


def insert_attempt(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access,
    new: NewAttempt,
    number: int,
    paper: NewPaper,
    kept: Kept,
) -> AttemptFacts | None:
    """Insert an attempt and return its facts, or None if another start was faster.

    The first attempt also creates the taker's grade, still without a value. Finishing an attempt then only locks rows
    that come after the attempt in the lock order, and needs no new reference to the assignment.
    """
    settings = settings_of(terms)
    credit = Credit.of(credit_steps(terms, settings), due=rules.due_at, deadline=rules.deadline(work.now).due_at)
    policy = AttemptPolicy.of(terms, settings.explicit_values(), rules, credit, paper.requirements)
    values = _row(work, terms, rules, policy, new, number, paper)
    fixed = (*values.values(), terms.content_hash, terms.title, terms.description)
    values["checksum"] = content_hash([str(value) for value in fixed])
    values["exceptions"] = kept.as_json()
    if not _is_inserted(work, {**values, **new.extra}, tuple(new.extra)):
        return None
    if number == 1 and new.purpose is AttemptPurpose.REAL:
        open_grade(work, terms.quiz_id, terms.assignment_id, {new.taker: new.pseudonym})
    return AttemptFacts(
        attempt_id=new.attempt_id,
        taker=new.taker,
        quiz_id=terms.quiz_id,
        assignment_id=terms.assignment_id,
        quiz_revision_id=terms.revision_id,
        content_hash=terms.content_hash,
        title=terms.title,
        description=terms.description,
        number=number,
        purpose=new.purpose,
        seed=new.seed,
        checksum=values["checksum"],
        algorithm=ALGORITHM,
        paper=paper.items,
        policy=policy,
        started_at=work.now,
        due_at=values["due_at"],
        accepts_until=values["accepts_until"],
        on_time_until=values["on_time_until"],
        submittable_at=values["submittable_at"],
        max_score=paper.max_score,
    )


def _row(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access,
    policy: AttemptPolicy,
    new: NewAttempt,
    number: int,
    paper: NewPaper,
) -> dict[str, Any]:
    due, on_time, until = rules.deadline(work.now)
    return {
        "id": new.attempt_id,
        "quiz_id": terms.quiz_id,
        "assignment_id": terms.assignment_id,
        "quiz_revision_id": terms.revision_id,
        **owner(work, new.taker, new.pseudonym),
        "claimed_hash": None,
        "purpose": new.purpose.value,
        "number": number,
        "state": AttemptState.OPEN.value,
        "open_marker": True,
        "seed": new.seed.hex(),
        "algorithm": ALGORITHM,
        "paper": [item.as_json() for item in paper.items],
        "policy": policy.as_json(),
        "started_at": work.now,
        "due_at": due,
        "on_time_until": on_time,
        "accepts_until": until,
        "closes_at": rules.closes_at,
        "submittable_at": rules.submittable_at(work.now),
        "time_up": rules.time_up.value,
        "current_page": 1,
        "current_slot": None,
        "current_since": None,
        "opened": {},
        "notes": {},
        "submitted_at": None,
        "late": False,
        "score": None,
        "max_score": paper.max_score,
        "needs_grading": False,
        "late_seconds": None,
        "voided_at": None,
        "changes": 0,
        "created_at": work.now,
    }


def _is_inserted(work: Work[S], values: dict[str, Any], extra: tuple[str, ...]) -> bool:
    try:
        done = work.run(statements.insert_attempt, values, extra)
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        return False
    return not done.returns_rows or done.first() is not None
