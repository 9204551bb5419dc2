"""The paper of an attempt that may be started now."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._terms.policy import assignment_state
from quizkit.crud.attempts._new_attempt.compose import NewPaper, compose, compose_again
from quizkit.rules import access, admission

__all__ = ["allowed_paper", "has_passed"]


def allowed_paper(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access,
    taker: S,
    used: admission.Used,
    seed: bytes,
    *,
    named: bool,
    hidden_attempts: int = 0,
    last: Row[Any] | None = None,
) -> NewPaper:
    """Return the paper of an attempt that may be started now; `start` and `explain_access` share this decision.

    `named` is whether the caller named the assignment. `hidden_attempts` is the number of attempts in this assignment
    that the snapshot may not show. `last` is the attempt whose paper is used again; None for a new paper.

    Raises:
        Refused: the reason why no attempt may be started.
    """
    assignment = assignment_state(terms, terms.quiz_state, others=terms.others)
    admission.refuse_attempt(assignment, rules, used, work.now, named=named)
    if last is not None:
        return compose_again(work, terms, last)
    return compose(work, terms, seed, taker, hidden_attempts=hidden_attempts)


def has_passed(work: Work[S], assignment_id: uuid.UUID, taker: S, build: Build) -> bool:
    """Return whether the grade of a taker in an assignment passes; `build` is `statements.passed`, or `passed_now`."""
    return bool(work.run(build, {"assignment_id": assignment_id, "__taker": taker}).scalar())
