"""Start an attempt, or continue the open one."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import client_id
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._terms.kept import NOTHING_KEPT, Kept
from quizkit.crud._terms.load import events_of, resolved, terms_to_start
from quizkit.crud.attempts._facts import statements as facts_statements
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._new_attempt import statements
from quizkit.crud.attempts._new_attempt.allowed_paper import allowed_paper, has_passed
from quizkit.crud.attempts._new_attempt.compose import compose
from quizkit.crud.attempts._new_attempt.insert import NewAttempt, insert_attempt
from quizkit.crud.attempts._new_attempt.prefill import last_to_take_over, take_over
from quizkit.crud.attempts._review.paper import first_paper, paper_of
from quizkit.crud.attempts.access_check import request_of
from quizkit.crud.attempts.finish import finish_if_overdue
from quizkit.errors import Refused, UsageError
from quizkit.rules import access, admission
from quizkit.rules.drawing import SEED_BYTES
from quizkit.schemas import Paper
from quizkit.vocabulary import AttemptPurpose, AttemptState, QuizState

__all__ = ["StartRequest", "start"]

_TURNS: Final = 3


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a caller asks for: whose attempt, at which quiz, and what they choose of it.

    Attributes:
        quiz_id: the quiz; None if the assignment is given.
        taker: the taker, or the author of a preview; for an anonymous taker the hash of the token.
        purpose: whether it is a preview.
        assignment_id: the assignment; None for the default one.
        groups: the groups that the host named.
        credentials: for the host's own check.
        attempt_id: an id made by the client.
        seed: the seed of draws and orders; None for a random one.
        values: the host's columns.
        pseudonym: that of an anonymous taker; None for a user.
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
    pseudonym: str | None = None

    @property
    def is_real(self) -> bool:
        """Whether it is no preview: access rules apply, and the attempt counts."""
        return self.purpose is AttemptPurpose.REAL


def start(work: Work[S], request: StartRequest) -> Paper:
    """Start an attempt, or continue the open one.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: the reason why no attempt may be started; `attempt_id_taken`, `attempt_busy`.
        UsageError: `seed_length`.
    """
    new = _new_attempt(work, request)
    this = _Start(work, request, new, terms_to_start(work, request.quiz_id, request.assignment_id))
    if this.terms.serializable and request.is_real and work.context.admit is None:
        first = this.create_without_reading()
        if first is not None:
            return first_paper(work, first, this.terms.notices)
    for turn in range(_TURNS):
        paper = this.continue_or_create(after_conflict=turn > 0)
        if paper is not None:
            return paper
        # Another call for the same taker was faster: in the next turn its attempt is the open one.
    if work.run(statements.id_of, {"__attempt": new.attempt_id}).first() is None:
        raise Refused("attempt_busy", "Other requests are changing the attempts of this taker: start again")
    raise Refused("attempt_id_taken", "An attempt with this id already exists: use a new id")


def _new_attempt(work: Work[S], request: StartRequest) -> NewAttempt:
    """Return what is known of the attempt before anything is read."""
    extra = host_values(work.models.attempt, request.values)
    if request.seed is not None and len(request.seed) != SEED_BYTES:
        raise UsageError("seed_length", f"A seed must have {SEED_BYTES} bytes")
    attempt_id = client_id("attempt_id", request.attempt_id) or work.new_id()
    seed = request.seed or secrets.token_bytes(SEED_BYTES)
    return NewAttempt(attempt_id, request.taker, request.purpose, seed, extra, request.pseudonym)


@dataclass(frozen=True)
class _Start(Generic[S]):
    """One call of `start`: what is asked for, the attempt if it is a new one, and the terms of the assignment.

    `after_conflict` tells its methods that an insert met an attempt that the snapshot may not show.
    """

    work: Work[S]
    request: StartRequest
    new: NewAttempt
    terms: Row[Any]

    def _access_rules(self) -> tuple[access.Access, Kept]:
        """Read the access rules for the taker: in each turn, as they may change meanwhile; a preview has no rules."""
        work, terms, request = self.work, self.terms, self.request
        if not request.is_real:
            return access.Access(), NOTHING_KEPT
        events = events_of(work, terms.assignment_id, request.taker, request.groups)
        return access.access_of(resolved(terms, events, work.now)), Kept.of(events, request.groups)

    def create_without_reading(self) -> AttemptFacts | None:
        """Create a taker's first attempt under SERIALIZABLE, without reading; None if an attempt may already exist.

        At that level a read without a result locks an index page, so everybody who starts at the same time would fail
        with a serialization error. An insert that does nothing on a conflict locks nothing.
        """
        with suppress(Refused):  # the taker may still have an attempt to continue
            return self._create(admission.Used())
        return None

    def continue_or_create(self, *, after_conflict: bool) -> Paper | None:
        """Return the paper of the open attempt or of a new one; None if another call was faster."""
        current, newest = self._find_attempts(after_conflict=after_conflict)
        if not after_conflict:  # once: a password may work only once, and whoever was admitted stays admitted
            self._admit(going_on=current is not None)
        if current is not None:
            return paper_of(self.work, current)
        used = admission.Used() if newest is None else admission.Used(newest.number, newest.submitted_at)
        try:
            facts = self._create(used, newest, hidden_attempts=used.attempts if after_conflict else 0)
        except Refused as refused:
            if refused.code != "draw_too_small":
                raise
            # The questions may be on the paper of an attempt that was started after the read above.
            current, _ = self._find_attempts(after_conflict=after_conflict)
            if current is None:
                raise
            return paper_of(self.work, current)
        if facts is None:
            return None
        if facts.seed == self.new.seed:
            return first_paper(self.work, facts, self.terms.notices)
        # It has the seed of the last attempt, and so also its responses.
        return paper_of(self.work, attempt_row(self.work, facts.attempt_id, facts.taker, facts_statements.mine_now))

    def _last(self, newest: Row[Any] | None, rules: access.Access) -> Row[Any] | None:
        """Return the attempt that the new one takes over: none for a preview, and none if a seed is given."""
        if not self.request.is_real or self.request.seed is not None:
            return None
        return last_to_take_over(self.terms, rules, newest, self.work.now)

    def _find_attempts(self, *, after_conflict: bool) -> tuple[Row[Any] | None, Row[Any] | None]:
        """Return the attempt to continue, if there is one, and the newest attempt; an overdue one is finished first.

        Only after a conflict the read locks: locking a row that does not exist would make other takers wait, or
        deadlock, on MariaDB (decision 0063).
        """
        work, terms, request = self.work, self.terms, self.request
        build = statements.newest_now if after_conflict else statements.newest
        params = {"assignment_id": terms.assignment_id, "__taker": request.taker, "__purpose": request.purpose.value}
        newest = work.first(build, params)
        if newest is None:
            return None, None
        newest = finish_if_overdue(work, newest)
        if admission.continues(AttemptState(newest.state), newest.accepts_until, work.now):
            return newest, newest
        if request.attempt_id is not None:
            mine = facts_statements.mine_now if after_conflict else facts_statements.mine
            known = work.first(mine, {"__attempt": request.attempt_id, "__taker": request.taker})
            same = known is not None and (known.assignment_id, known.purpose) == (terms.assignment_id, request.purpose)
            if same:
                return known, newest
        return None, newest

    def _admit(self, *, going_on: bool) -> None:
        """Let the host's own check refuse a taker."""
        admit, request = self.work.context.admit, self.request
        if admit is not None and request.is_real:
            admit(
                request_of(
                    self.terms,
                    None if self.work.models.is_anonymous else request.taker,
                    request.groups,
                    request.credentials,
                    going_on=going_on,
                    now=self.work.now,
                )
            )

    def _has_passed(self, *, after_conflict: bool) -> bool:
        """Return whether the taker's grade passes; every finished attempt is part of it."""
        build = statements.passed_now if after_conflict else statements.passed
        return has_passed(self.work, self.terms.assignment_id, self.request.taker, build)

    def _create(
        self, used: admission.Used, newest: Row[Any] | None = None, *, hidden_attempts: int = 0
    ) -> AttemptFacts | None:
        """Create the attempt; return None, and create none, if another call was faster.

        If it takes over the newest one, it has its paper, its responses, and its seed, so that all orders are the same.

        Raises:
            Refused: the reason why no attempt may be started.
        """
        work, terms, request = self.work, self.terms, self.request
        rules, kept = self._access_rules()
        last = self._last(newest, rules)
        new = self.new if last is None else self.new._replace(seed=bytes.fromhex(last.seed))
        if rules.stop_after_passing and used.attempts:
            used = replace(used, passed=self._has_passed(after_conflict=hidden_attempts > 0))
        if request.is_real:
            named = request.assignment_id is not None
            paper = allowed_paper(
                work,
                terms,
                rules,
                request.taker,
                used,
                new.seed,
                named=named,
                hidden_attempts=hidden_attempts,
                last=last,
            )
        else:
            admission.refuse_preview(QuizState(terms.quiz_state))
            paper = compose(work, terms, new.seed, request.taker)
        facts = insert_attempt(work, terms, rules, new, used.attempts + 1, paper, kept)
        if facts is not None and last is not None:
            take_over(work, facts, terms, last, after_conflict=hidden_attempts > 0)
        return facts
