"""Start an attempt, or continue the open one."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Generic

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import client_id
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._terms.load import explained_access, terms_to_start
from quizkit.crud._terms.policy import assignment_state
from quizkit.crud.attempts._facts import statements as facts_statements
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._new_attempt import statements
from quizkit.crud.attempts._new_attempt.compose import NewPaper, compose
from quizkit.crud.attempts._new_attempt.insert import NewAttempt, insert_attempt
from quizkit.crud.attempts.access_check import request_of
from quizkit.crud.attempts.finish import finish_attempt
from quizkit.crud.attempts.paper import first_paper, paper_of
from quizkit.errors import Refused, UsageError
from quizkit.rules import access, admission, timing
from quizkit.rules.drawing import SEED_BYTES
from quizkit.schemas import Paper
from quizkit.vocabulary import AttemptPurpose, AttemptState

__all__ = ["StartRequest", "allowed_paper", "start"]

_TURNS: Final = 3


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a caller asks for: whose attempt, at which quiz, and what they choose of it.

    Attributes:
        quiz_id: the quiz; None if the assignment is given.
        taker: the taker, or the author of a preview.
        purpose: whether it is a preview.
        assignment_id: the assignment; None for the default one.
        groups: the groups that the host named.
        credentials: for the host's own check.
        attempt_id: an id made by the client.
        seed: the seed of draws and orders; None for a random one.
        values: the host's columns.
    """

    quiz_id: uuid.UUID | None
    taker: Any
    purpose: AttemptPurpose
    assignment_id: uuid.UUID | None = None
    groups: tuple[str, ...] = ()
    credentials: Mapping[str, Any] = field(default_factory=dict)
    attempt_id: uuid.UUID | None = None
    seed: bytes | None = None
    values: Values = field(default_factory=dict)

    @property
    def is_real(self) -> bool:
        """Whether it is no preview: access rules apply, and the attempt counts."""
        return self.purpose is AttemptPurpose.REAL


@dataclass(frozen=True)
class _Start(Generic[S]):
    """One call of `start`: what is asked for, the terms of the assignment, and the attempt if it is a new one."""

    work: Work[S]
    request: StartRequest
    terms: Row[Any]
    new: NewAttempt

    @cached_property
    def rules(self) -> access.Access:
        """The access rules for the taker, read once; for a preview, no rules at all."""
        if not self.request.is_real:
            return access.Access()
        return access.access_of(explained_access(self.work, self.terms, self.request.taker, self.request.groups))

    def create(self, used: admission.Used, *, hidden_attempts: int = 0) -> AttemptFacts | None:
        """Create the attempt; return None, and create none, if another call was faster.

        Raises:
            Refused: the reason why no attempt may be started.
        """
        rules = self.rules if self.request.is_real else None
        named = self.request.assignment_id is not None
        paper = allowed_paper(
            self.work,
            self.terms,
            rules,
            self.request.taker,
            used,
            self.new.seed,
            named=named,
            hidden_attempts=hidden_attempts,
        )
        return insert_attempt(self.work, self.terms, self.rules, self.new, used.attempts + 1, paper)


def start(work: Work[S], request: StartRequest) -> Paper:
    """Start an attempt, or continue the open one.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: the reason why no attempt may be started; `attempt_id_taken`, `attempt_busy`.
        UsageError: `seed_length`.
    """
    new = _new_attempt(work, request)
    terms = terms_to_start(work, request.quiz_id, request.assignment_id)
    this = _Start(work, request, terms, new)
    if terms.serializable and request.is_real and work.context.admit is None:
        first = _first_without_reading(this)
        if first is not None:
            return first_paper(work, first)
    for turn in range(_TURNS):
        paper = _continue_or_create(this, after_conflict=turn > 0)
        if paper is not None:
            return paper
        # Another call for the same taker was faster: in the next turn its attempt is the open one.
    if work.run(statements.id_of, {"_attempt": new.attempt_id}).first() is None:
        raise Refused("attempt_busy", "Other requests are changing the attempts of this taker: start again")
    raise Refused("attempt_id_taken", "An attempt with this id already exists: use a new id")


def _new_attempt(work: Work[S], request: StartRequest) -> NewAttempt:
    """Return what is known of the attempt before anything is read."""
    extra = host_values(work.models.attempt, request.values)
    if request.seed is not None and len(request.seed) != SEED_BYTES:
        raise UsageError("seed_length", f"A seed must have {SEED_BYTES} bytes")
    attempt_id = client_id("attempt_id", request.attempt_id) or work.new_id()
    seed = request.seed or secrets.token_bytes(SEED_BYTES)
    return NewAttempt(attempt_id, request.taker, request.purpose, seed, extra)


def _first_without_reading(this: _Start[S]) -> AttemptFacts | None:
    """Create a taker's first attempt under SERIALIZABLE, without reading first; None if an attempt may already exist.

    At that level a read without a result locks an index page, so everybody who starts at the same time would fail with
    a serialization error. An insert that does nothing on a conflict locks nothing.
    """
    with suppress(Refused):  # the taker may still have an attempt to continue
        return this.create(admission.Used())
    return None


def _continue_or_create(this: _Start[S], *, after_conflict: bool) -> Paper | None:
    """Return the paper of the open attempt or of a new one; None if another call was faster.

    `after_conflict` tells that an insert met an attempt that the snapshot may not show.
    """
    current, newest = _find_attempts(this, after_conflict=after_conflict)
    if not after_conflict:  # once: a password may work only once, and whoever was admitted stays admitted
        _ask_host(this, going_on=current is not None)
    if current is not None:
        return paper_of(this.work, current)
    used = admission.Used() if newest is None else admission.Used(newest.number, newest.submitted_at)
    try:
        facts = this.create(used, hidden_attempts=used.attempts if after_conflict else 0)
    except Refused as refused:
        if refused.code != "draw_too_small":
            raise
        # The questions may be on the paper of an attempt that was started after the read above.
        current, _ = _find_attempts(this, after_conflict=after_conflict)
        if current is None:
            raise
        return paper_of(this.work, current)
    return None if facts is None else first_paper(this.work, facts)


def _ask_host(this: _Start[S], *, going_on: bool) -> None:
    """Let the host's own check refuse a taker."""
    admit, request = this.work.context.admit, this.request
    if admit is not None and request.is_real:
        of = request.taker, request.groups, request.credentials
        admit(request_of(this.terms, *of, going_on=going_on, now=this.work.now))


def _find_attempts(this: _Start[S], *, after_conflict: bool) -> tuple[Row[Any] | None, Row[Any] | None]:
    """Return the attempt to continue, if there is one, and the newest attempt; an overdue one is finished first.

    `after_conflict` tells that an insert met an attempt that the snapshot may not show. Only then the read locks:
    locking a row that does not exist would make other takers wait, or deadlock, on MariaDB (decision 0063).
    """
    work, terms, request = this.work, this.terms, this.request
    build = statements.newest_now if after_conflict else statements.newest
    of = {"assignment_id": terms.assignment_id, "_taker": request.taker, "_purpose": request.purpose.value}
    newest = work.first(build, of)
    if newest is None:
        return None, None
    if newest.state == AttemptState.OPEN:
        if timing.state_at(AttemptState.OPEN, newest.accepts_until, work.now) is AttemptState.OPEN:
            return newest, newest
        newest = finish_attempt(work, newest.id, request.taker, only_if_overdue=True)
        if newest.state == AttemptState.OPEN:  # it was extended in the meantime
            return newest, newest
    if request.attempt_id is not None:
        mine = facts_statements.mine_now if after_conflict else facts_statements.mine
        known = work.first(mine, {"_attempt": request.attempt_id, "_taker": request.taker})
        same = known is not None and (known.assignment_id, known.purpose) == (terms.assignment_id, request.purpose)
        if same:
            return known, newest
    return None, newest


def allowed_paper(
    work: Work[S],
    terms: Row[Any],
    rules: access.Access | None,
    taker: S,
    used: admission.Used,
    seed: bytes,
    *,
    named: bool,
    hidden_attempts: int = 0,
) -> NewPaper:
    """Return the paper of an attempt that may be started now; `start` and `explain_access` share this decision.

    `rules` is None for a preview, to which no access rules apply. `hidden_attempts` is the number of attempts in this
    assignment that the snapshot may not show.

    Raises:
        Refused: the reason why no attempt may be started.
    """
    assignment = assignment_state(terms, terms.quiz_state, others=terms.others)
    admission.refuse_attempt(assignment, rules, used, work.now, named=named)
    return compose(work, terms, seed, taker, hidden_attempts=hidden_attempts if rules is not None else 0)
