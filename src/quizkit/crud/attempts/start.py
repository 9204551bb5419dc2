"""Starting an attempt: may one, what is on the paper, until when."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.clock import moment
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import client_id
from quizkit.crud._core.dialects import is_duplicate
from quizkit.crud._core.host_columns import NOTHING, Values
from quizkit.crud._core.legacy import added_by_host, ids
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud._terms.access import effect_of, explained_access, refuse_unpublished, terms_of, terms_to_start
from quizkit.crud._terms.policy import has_rules, settings_of
from quizkit.crud.attempts import finish_statements as closing
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.admission import AccessRequest, request_of
from quizkit.crud.attempts.composing import Composing, NewPaper
from quizkit.crud.attempts.published import Opened
from quizkit.crud.attempts.results import Closing
from quizkit.errors import Misuse, Refused
from quizkit.questions._content import write_fraction
from quizkit.rules import access, lifecycle, timing, tries
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.drawing import ALGORITHM, SEED_BYTES
from quizkit.schemas import AccessReport, AccessValue, Paper
from quizkit.vocabulary import AttemptPurpose, AttemptState, QuizState

__all__ = ["Starting", "Starts", "Who"]

_START_TRIES = 3
_NOTHING_PRESENTED: Final[Mapping[str, Any]] = MappingProxyType({})


class _Before(NamedTuple):
    """How many attempts a taker has used, when the last one was finished, and whether somebody was quicker meanwhile."""

    used: int
    finished_at: datetime | None
    again: bool = False


class Who(NamedTuple):
    """Who starts an attempt, and for what; `admit` asks the host, where somebody is to be let in."""

    taker: Any
    purpose: AttemptPurpose
    groups: tuple[str, ...] = ()
    admit: Callable[..., None] | None = None


class Starts(Closing[S], Composing[S]):
    """What starting an attempt and previewing a quiz share."""

    def _start(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        who: Who,
        assignment_id: uuid.UUID | None,
        attempt_id: uuid.UUID | None,
        seed: bytes | None,
        values: Values,
        at: datetime,
    ) -> Paper:
        """Start an attempt, or go on with the one that is open."""
        taker, purpose, asking, admit = who
        extra = added_by_host(self._models.attempt, values)
        if seed is not None and len(seed) != SEED_BYTES:
            raise Misuse("seed_length", f"A seed has {SEED_BYTES} bytes")
        offer = terms_to_start(Work(self._context, session, at), quiz_id, assignment_id)
        named = assignment_id is not None
        made, chosen = client_id("attempt_id", attempt_id) or ids(None, at)(), seed or secrets.token_bytes(SEED_BYTES)
        held: access.Access | None = None
        if offer.serializable and purpose is AttemptPurpose.REAL and admit is None:
            held = self._held(session, offer, taker, asking, purpose, at)
            with suppress(Refused):  # there may be an attempt to go on with all the same
                # Under SERIALIZABLE a look that finds nothing locks a page of the index: everybody who starts at the
                # same moment would fail with everybody else. An insert that does nothing on a conflict locks nothing.
                paper = self._granted(session, offer, held, taker, _Before(0, None), chosen, at, named=named)
                opened = self._insert(session, offer, held, taker, purpose, 1, made, chosen, paper, at, extra)
                if opened is not None:
                    return self._first_paper(session, opened)
        for turn in range(_START_TRIES):
            found, last = self._go_on(session, offer, taker, purpose, attempt_id, at, again=turn > 0)
            # Once: who was let in is let in, also where somebody was quicker; a password may hold for one time.
            if admit is not None and turn == 0:
                admit(offer, going_on=found is not None)
            if found is not None:
                return self._paper(session, found, at)
            if held is None:
                held = self._held(session, offer, taker, asking, purpose, at)
            used, finished_at = (0, None) if last is None else (last.number, last.submitted_at)
            before = _Before(used, finished_at, again=turn > 0)
            bound = held if purpose is AttemptPurpose.REAL else None
            try:
                paper = self._granted(session, offer, bound, taker, before, chosen, at, named=named)
            except Refused as refused:
                if refused.code == "draw_too_small" and turn == 0:
                    # The questions may be on the paper of an attempt that was started since the look.
                    continue
                raise
            opened = self._insert(session, offer, held, taker, purpose, before.used + 1, made, chosen, paper, at, extra)
            if opened is not None:
                return self._first_paper(session, opened)
            # Somebody was quicker, for the same taker: in the next round their attempt is the open one.
        raise Refused("attempt_id_taken", "An attempt with this id exists already")

    def _held(
        self,
        session: Session,
        offer: Row[Any],
        taker: S,
        groups: tuple[str, ...],
        purpose: AttemptPurpose,
        at: datetime,
    ) -> access.Access:
        """Return what holds for a taker; for an author who looks at the quiz, that there is no end to it."""
        if purpose is not AttemptPurpose.REAL:
            return access.Access()
        return access.access_of(explained_access(Work(self._context, session, at), offer, taker, groups))

    def _go_on(
        self,
        session: Session,
        offer: Row[Any],
        taker: S,
        purpose: AttemptPurpose,
        attempt_id: uuid.UUID | None,
        at: datetime,
        *,
        again: bool,
    ) -> tuple[Row[Any] | None, Row[Any] | None]:
        """Return the attempt to go on with, if there is one, and the last one; one that is overdue is finished first."""
        look = rows.newest_now if again else rows.newest
        of = {"assignment_id": offer.assignment_id, "_taker": taker, "_purpose": purpose.value}
        newest = self._first(session, look, of)
        if newest is None:
            return None, None
        if newest.state == AttemptState.OPEN:
            if timing.state_at(AttemptState.OPEN, newest.accepts_until, at) is AttemptState.OPEN:
                return newest, newest
            newest = self._close(session, newest.id, taker, at, closing.close_overdue)
            if newest.state == AttemptState.OPEN:  # it was given more time meanwhile
                return newest, newest
        if attempt_id is not None:
            mine = rows.mine_now if again else rows.mine
            known = self._first(session, mine, {"_attempt": attempt_id, "_taker": taker})
            if known is not None and known.assignment_id == offer.assignment_id:
                return known, newest
        return None, newest

    def _granted(
        self,
        session: Session,
        offer: Row[Any],
        held: access.Access | None,
        taker: S,
        before: _Before,
        seed: bytes,
        at: datetime,
        *,
        named: bool,
    ) -> NewPaper:
        """Return the paper of an attempt that may be started now, for `start` and for `explain_access` alike.

        No rule of access holds where `held` is None, for an author who looks at the quiz.

        Raises:
            Refused: why none may be started.
        """
        lifecycle.refuse_start(QuizState(offer.state), published=True)
        if held is not None:
            _refuse_default(offer, named=named)
            if offer.archived_at is not None:
                raise Refused("assignment_archived", "The assignment is archived and takes no new attempts")
            refused = access.refusal(held, used=before.used, last_finished_at=before.finished_at, now=at)
            if refused is not None:
                raise refused
        return self._composed(session, offer, seed, taker, again=before.again)

    def _insert(
        self,
        session: Session,
        offer: Row[Any],
        held: access.Access,
        taker: S,
        purpose: AttemptPurpose,
        number: int,
        attempt_id: uuid.UUID,
        seed: bytes,
        paper: NewPaper,
        at: datetime,
        extra: dict[str, Any],
    ) -> Opened | None:
        """Insert an attempt and return it, None where another start was quicker.

        With the first one goes the grade that it will make, still without a value: so that whoever finishes an attempt
        has only rows to lock that come after it, and refers to no assignment anew.
        """
        due, on_time, until = held.deadline(at)
        policy = AttemptPolicy.of(offer, settings_of(offer).said(), held)
        values = {
            "id": attempt_id,
            "quiz_id": offer.id,
            "assignment_id": offer.assignment_id,
            "quiz_revision_id": offer.revision_id,
            "taker_id": taker,
            "pseudonym": None,
            "purpose": purpose.value,
            "number": number,
            "state": AttemptState.OPEN.value,
            "open_marker": True,
            "seed": seed.hex(),
            "algorithm": ALGORITHM,
            "paper": [entry.as_json() for entry in paper.entries],
            "policy": policy.as_json(),
            "started_at": at,
            "due_at": due,
            "on_time_until": on_time,
            "accepts_until": until,
            "closes_at": held.closes_at,
            "time_up": held.time_up.value,
            "current_page": 1,
            "current_slot": None,
            "current_since": None,
            "notes": {},
            "submitted_at": None,
            "late": False,
            "score": None,
            "max_score": paper.max_score,
            "needs_grading": False,
            "changes": 0,
            "created_at": at,
        }
        kept = (*values.values(), offer.content_hash, offer.title, offer.description)
        checksum = content_hash([str(value) for value in kept])
        values |= {"checksum": checksum, **extra}
        if not self._inserted(session, values, tuple(extra)):
            return None
        if number == 1 and purpose is AttemptPurpose.REAL:
            self._open_grade(session, offer.id, offer.assignment_id, [taker], at)
        return Opened(
            attempt_id, taker, offer.id, offer.assignment_id, offer.revision_id, offer.content_hash, offer.title,
            offer.description, number, purpose, seed, checksum, ALGORITHM, paper.entries, policy, at, due, until,
            on_time, paper.max_score,
        )  # fmt: skip

    def _inserted(self, session: Session, values: dict[str, Any], extra: tuple[str, ...]) -> bool:
        try:
            done = self._run(session, rows.insert_attempt, values, extra)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            return False
        return not done.returns_rows or done.first() is not None


class Starting(Starts[S]):
    """Starting attempts."""

    @verb
    def start(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        groups: Iterable[str] = (),
        presented: Mapping[str, Any] = _NOTHING_PRESENTED,
        attempt_id: uuid.UUID | None = None,
        seed: bytes | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
    ) -> Paper:
        """Start an attempt at a published quiz, or go on with the one that is open.

        Args:
            session: yours, sync or async; flushed, never committed.
            quiz_id: the quiz.
            taker: the host's user who takes it.
            assignment_id: the assignment; the one that publishing made unless given, where there are no others.
            groups: your groups that the taker is in, whose overrides hold for them.
            presented: what your own access check is to see, such as a password.
            attempt_id: an id made by the client: starting twice with it is starting once.
            seed: 16 bytes that decide every draw and every order; drawn unless given.
            values: what goes into columns that you added, if an attempt is made.
            now: the moment to store; the present unless given.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`, `quiz_archived`, `assignment_needed`: the quiz has other assignments, and the
                default one was not named, or has no rules of its own; `assignment_archived`, `not_open_yet`, `closed`,
                `no_attempts_left`, `too_soon`, `draw_too_small`, `attempt_id_taken`, and what your own check says.
        """
        asking = tuple(groups)
        at = moment(now)

        def admit(offer: Row[Any], *, going_on: bool) -> None:
            if self._context.admit is not None:
                self._context.admit(request_of(offer, taker, asking, presented, going_on=going_on, now=at))

        who = Who(taker, AttemptPurpose.REAL, asking, None if self._context.admit is None else admit)
        return self._start(session, quiz_id, who, assignment_id, attempt_id, seed, values, at)

    # ------------------------------------------------------------------ explaining

    @lone_verb
    def explain_access(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        groups: Iterable[str] = (),
        presented: Mapping[str, Any] = _NOTHING_PRESENTED,
        now: datetime | None = None,
    ) -> AccessReport:
        """Return what a taker may do now, and for every value the rule that it comes from.

        `refusal` is the code that `start` would refuse with at this moment, `draw_too_small` and your own check's
        included, but for `attempt_id_taken`, which is about an id and not about access. Nothing is written.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`: there is nothing to have access to yet.
        """
        at = moment(now)
        asking = tuple(groups)
        offer = terms_of(Work(self._context, session, at), quiz_id, assignment_id)
        refuse_unpublished(offer)
        explained = explained_access(Work(self._context, session, at), offer, taker, asking)
        held = access.access_of(explained)
        of = {"assignment_id": offer.assignment_id, "_taker": taker, "_purpose": AttemptPurpose.REAL.value}
        newest = self._first(session, rows.newest, of)
        going_on = newest is not None and (
            timing.state_at(AttemptState(newest.state), newest.accepts_until, at) is AttemptState.OPEN
        )
        used = newest.number if newest is not None else 0
        request = request_of(offer, taker, asking, presented, going_on=going_on, now=at)
        refusal = self._why_not(session, offer, held, newest, request, named=assignment_id is not None)
        return AccessReport(
            quiz_id=offer.id,
            assignment_id=offer.assignment_id,
            values=tuple(
                AccessValue(name=name, value=_written(one.value), source=one.source, group=one.group, base=one.base)
                for name, one in explained.items()
            ),
            may_start=refusal is None,
            refusal=refusal,
            open_attempt_id=newest.id if newest is not None and going_on else None,
            attempts_used=used,
            attempts_left=tries.attempts_left(used, held.max_attempts),
            effect=effect_of(held, at),
        )

    def _why_not(
        self,
        session: Session,
        offer: Row[Any],
        held: access.Access,
        newest: Row[Any] | None,
        request: AccessRequest[S],
        *,
        named: bool,
    ) -> str | None:
        """Return the code of what stands against starting, or going on, now."""
        try:
            if self._context.admit is not None:
                self._context.admit(request)
            if not request.going_on:
                finished = self._finished_at(session, newest, request)
                before = _Before(newest.number if newest is not None else 0, finished)
                # Whether all draws can be satisfied is the same for every seed.
                self._granted(session, offer, held, request.taker, before, bytes(SEED_BYTES), request.now, named=named)
        except Refused as refused:
            return refused.code
        return None

    def _finished_at(self, session: Session, newest: Row[Any] | None, request: AccessRequest[S]) -> datetime | None:
        """Return when the last attempt was finished; if its time is up and nobody has finished it, when it will have been."""
        if newest is None or newest.submitted_at is not None:
            return None if newest is None else newest.submitted_at
        of = {"_attempt": newest.id, "_taker": request.taker}
        finished: datetime = self._run(session, closing.finished_at, of).scalar_one()
        return finished


def _refuse_default(offer: Any, *, named: bool) -> None:
    if offer.default_marker:
        lifecycle.refuse_default(others=offer.others, named=named, ruled=has_rules(offer))


def _written(value: Any) -> Any:
    """Return a value as JSON can hold it, exactly."""
    return write_fraction(value) if isinstance(value, Fraction) else value
