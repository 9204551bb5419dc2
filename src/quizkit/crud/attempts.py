"""Verbs for takers: start, save, submit, result. Every one asks who is taking, and answers only for them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizkit.crud import _attempt_rows as rows
from quizkit.crud._marking import marked, outcome_question
from quizkit.crud._sheets import Opened, Sheet, SheetSlot
from quizkit.crud._sittings import Sittings, no_attempt
from quizkit.crud._tables import is_duplicate
from quizkit.crud._verbs import NOTHING, Build, S, Values, Where, added_by_host, ids, lone_verb, moment, verb
from quizkit.errors import Misuse, NotFound, QuizkitError, Refused
from quizkit.rules import lifecycle, release, timing, tries
from quizkit.rules.drawing import SEED_BYTES, Dice
from quizkit.schemas import AttemptReturn, Outcome, Page, Paper, Saved, SaveResponse
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import AttemptPurpose, AttemptState, QuizState, SaveStatus

__all__ = ["Attempts"]

_START_TRIES = 3


class Attempts(Sittings[S]):
    """Attempts, for takers. Nothing that these verbs return holds a key before it may be shown."""

    # ------------------------------------------------------------------ start

    @verb
    def start(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
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
            attempt_id: an id made by the client: starting twice with it is starting once.
            seed: 16 bytes that decide every order; drawn unless given.
            values: what goes into columns that you added, if an attempt is made.
            now: the moment to store; the present unless given.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_not_published`, `quiz_archived`, `not_open_yet`, `closed`, `no_attempts_left`,
                `attempt_id_taken`.
        """
        at = moment(now)
        self._refuse_taker(taker)
        extra = added_by_host(self._models.attempt, values)
        if seed is not None and len(seed) != SEED_BYTES:
            raise Misuse("seed_length", f"A seed has {SEED_BYTES} bytes")
        offer = self._first(session, rows.offer, {"quiz_id": quiz_id})
        if offer is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        if offer.assignment_id is None:
            lifecycle.refuse_start(QuizState(offer.state), published=False)
        made = attempt_id or ids(None, at)()
        for turn in range(_START_TRIES):
            found = self._go_on(session, offer, taker, attempt_id, at, again=turn > 0)
            if isinstance(found, Row):
                return self._paper(session, self._facts(found), AttemptState(found.state))
            self._refuse_start(offer, found, at)
            chosen = seed or secrets.token_bytes(SEED_BYTES)
            opened = self._insert(session, offer, taker, found + 1, made, chosen, at, extra)
            if opened is not None:
                return self._shown(self._sheet(session, opened), opened, AttemptState.OPEN, {})
            # Somebody was quicker, for the same taker: in the next round their attempt is the open one.
        raise Refused("attempt_id_taken", "An attempt with this id exists already")

    def _go_on(
        self,
        session: Session,
        offer: Row[Any],
        taker: S,
        attempt_id: uuid.UUID | None,
        at: datetime,
        *,
        again: bool,
    ) -> Row[Any] | int:
        """Return the attempt to go on with, else how many there are; one that is overdue is finished first."""
        look = rows.newest_now if again else rows.newest
        newest = self._first(session, look, {"assignment_id": offer.assignment_id, "_taker": taker})
        if newest is None:
            return 0
        if newest.state == AttemptState.OPEN:
            if timing.state_at(AttemptState.OPEN, newest.accepts_until, at) is AttemptState.OPEN:
                return newest
            self._close(session, newest.id, taker, at)
        if attempt_id is not None:
            mine = rows.mine_now if again else rows.mine
            known = self._first(session, mine, {"_attempt": attempt_id, "_taker": taker})
            if known is not None and known.assignment_id == offer.assignment_id:
                return known
        return int(newest.number)

    @staticmethod
    def _refuse_start(offer: Row[Any], used: int, at: datetime) -> None:
        lifecycle.refuse_start(QuizState(offer.state), published=offer.revision_id is not None)
        if offer.opens_at is not None and at < offer.opens_at:
            raise Refused("not_open_yet", "The quiz is not open yet")
        if offer.closes_at is not None and at >= offer.closes_at:
            raise Refused("closed", "The quiz is closed")
        if not tries.may_start(used, offer.max_attempts):
            raise Refused("no_attempts_left", "All attempts have been used", allowed=offer.max_attempts)

    def _insert(
        self,
        session: Session,
        offer: Row[Any],
        taker: S,
        number: int,
        attempt_id: uuid.UUID,
        seed: bytes,
        at: datetime,
        extra: dict[str, Any],
    ) -> Opened | None:
        """Insert an attempt and return it, None where another start was quicker."""
        limit = None if offer.time_limit_seconds is None else timedelta(seconds=offer.time_limit_seconds)
        due = timing.due_at(at, limit=limit, closes_at=offer.closes_at)
        until = timing.accepts_until(due, grace=timedelta(seconds=offer.grace_seconds))
        sheet = self._sheet_of(session, offer.revision_id, offer.content_hash)
        order = list(sheet.slots)
        if offer.shuffle_questions:
            order = Dice(seed, "questions").shuffled(order)
        values = {
            "id": attempt_id,
            "quiz_id": offer.id,
            "assignment_id": offer.assignment_id,
            "quiz_revision_id": offer.revision_id,
            "taker_id": taker,
            "pseudonym": None,
            "purpose": AttemptPurpose.REAL.value,
            "number": number,
            "state": AttemptState.OPEN.value,
            "open_marker": True,
            "seed": seed.hex(),
            "paper": [[place, str(sheet.slots[place].revision_id)] for place in order],
            "started_at": at,
            "due_at": due,
            "accepts_until": until,
            "submitted_at": None,
            "score": None,
            "max_score": offer.max_score,
            "needs_grading": False,
            "created_at": at,
            **extra,
        }
        if not self._inserted(session, values, tuple(extra)):
            return None
        return Opened(
            attempt_id, taker, offer.id, offer.revision_id, offer.content_hash, offer.title, offer.description,
            number, seed, tuple(order), at, due, until, offer.max_score,
        )  # fmt: skip

    def _inserted(self, session: Session, values: dict[str, Any], extra: tuple[str, ...]) -> bool:
        try:
            done = self._run(session, rows.insert_attempt, values, extra)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            return False
        return not done.returns_rows or done.first() is not None

    # ------------------------------------------------------------------ look

    @lone_verb
    def get(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None
    ) -> AttemptReturn[S]:
        """Return an attempt of this taker's, with its state as of now.

        Raises:
            NotFound: `attempt_not_found`; also for an attempt of somebody else's.
        """
        return self._returned(self._mine(session, attempt_id, taker), moment(now))

    @lone_verb
    def page(
        self,
        session: Session,
        *,
        taker: S,
        quiz_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        now: datetime | None = None,
    ) -> Page[AttemptReturn[S]]:
        """Return this taker's attempts in the order they were made, at one quiz or at all.

        `where` are further conditions, such as `[Attempt.room == "A"]`.
        """
        self._refuse_taker(taker)
        at = moment(now)
        build, of = (rows.page, {}) if quiz_id is None else (rows.page_of_quiz, {"quiz_id": quiz_id})

        def made(row: Row[Any]) -> AttemptReturn[S]:
            return self._returned(row, at)

        return self._page(session, build, made, where=where, after=after, limit=limit, _taker=taker, **of)

    @lone_verb
    def paper(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Paper:
        """Return what the taker has in front of them, with the responses that are stored.

        Raises:
            NotFound: `attempt_not_found`.
        """
        row = self._mine(session, attempt_id, taker)
        state = timing.state_at(AttemptState(row.state), row.accepts_until, moment(now))
        return self._paper(session, self._facts(row), state)

    @lone_verb
    def paper_json(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> bytes:
        """Return the paper as JSON in UTF-8, ready to send: what `paper` returns, and cheaper.

        Raises:
            NotFound: `attempt_not_found`.
        """
        row = self._mine(session, attempt_id, taker)
        state = timing.state_at(AttemptState(row.state), row.accepts_until, moment(now))
        return self._paper(session, self._facts(row), state).model_dump_json().encode()

    # ------------------------------------------------------------------ save

    @lone_verb
    def save(
        self, session: Session, attempt_id: uuid.UUID, data: SaveResponse, *, taker: S, now: datetime | None = None
    ) -> Saved:
        """Store one response, and mark it. A later `sequence` wins; sending the same again changes nothing.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`: it is malformed for this question.
            Refused: `attempt_submitted`, `attempt_overdue`.
        """
        return self._save(session, attempt_id, data, taker, moment(now))

    def _save(self, session: Session, attempt_id: uuid.UUID, data: SaveResponse, taker: S, at: datetime) -> Saved:
        known = self._opened.get((self._tenant, attempt_id))
        if known is not None and known.taker == taker:
            try:
                return self._save_to(session, known, data, at)
            except QuizkitError:
                # Is it refused because of what is known of the attempt, which may have been rolled back since?
                self._opened.drop((self._tenant, attempt_id))
                fresh = self._facts(self._mine(session, attempt_id, taker))
                if fresh == known:
                    raise
        else:
            fresh = self._facts(self._mine(session, attempt_id, taker))
        return self._save_to(session, self._opened.put((self._tenant, attempt_id), fresh), data, at)

    def _save_to(self, session: Session, opened: Opened, data: SaveResponse, at: datetime) -> Saved:
        sheet = self._sheet(session, opened)
        slot = _slot(opened, sheet, data.slot)
        question = self._keys(session, opened)[slot.revision_id]
        if not question.answerable:
            raise Refused("not_answerable", "There is nothing to answer here")
        response = question.read(data.response)
        mark = marked(question, response, slot.worth)
        stored = response.model_dump(mode="json")
        received = timing.received_at(opened.started_at, at)
        values = {
            "_attempt": opened.attempt_id,
            "_taker": opened.taker,
            "_seed": opened.seed.hex(),
            "_now": at,
            "_slot": data.slot,
            "_revision": slot.revision_id,
            "_response": stored,
            "_sequence": data.sequence,
            "_picked": mark.picked,
            "_points": mark.points,
            "_marker": mark.marker,
            "_received": received,
        }
        kept = self._run(session, rows.save, values).first()
        if kept is None:
            return self._explained(session, opened, data, stored, at)
        return self._saved(data, stored, kept)

    def _explained(self, session: Session, opened: Opened, data: SaveResponse, response: Any, at: datetime) -> Saved:
        """Return what is stored instead, or refuse."""
        values = {"_attempt": opened.attempt_id, "_taker": opened.taker, "_slot": data.slot}
        row = self._first(session, rows.explain_save, values)
        if row is None or row.seed != opened.seed.hex():
            raise no_attempt()  # not the one that was known: `_save` looks again
        if row.state != AttemptState.OPEN:
            raise Refused("attempt_submitted", "The attempt is submitted and takes no more answers")
        if timing.state_at(AttemptState.OPEN, row.accepts_until, at) is AttemptState.OVERDUE:
            raise Refused("attempt_overdue", "The time is over; the attempt takes no more answers")
        return self._saved(data, response, row)

    @staticmethod
    def _saved(data: SaveResponse, response: Any, row: Row[Any]) -> Saved:
        same = row.sequence == data.sequence and row.response == response
        return Saved(
            slot=data.slot,
            status=SaveStatus.STORED if same else SaveStatus.STALE,
            sequence=row.sequence,
            response=row.response,
            received_at=row.received_at,
        )

    # ------------------------------------------------------------------ submit and result

    @verb
    def submit(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        taker: S,
        responses: Iterable[SaveResponse] = (),
        now: datetime | None = None,
    ) -> Outcome:
        """Finish an attempt and return its result; submitting again returns the same.

        `responses` are saved first, under one exclusive lock: use it instead of `save` and `submit` in one
        transaction, which can deadlock with another tab that does the same. An attempt that is overdue is
        finished with what is stored, at the time it was due.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`.
            Refused: `attempt_submitted`, `attempt_overdue`: only with responses, which came too late.
        """
        at = moment(now)
        self._refuse_taker(taker)
        last = list(responses)
        if last:
            if self._first(session, rows.lock, {"_attempt": attempt_id, "_taker": taker}) is None:
                raise no_attempt()
            for data in last:
                self._save(session, attempt_id, data, taker, at)
        self._close(session, attempt_id, taker, at)
        return self._outcome_now(session, attempt_id, taker)

    def _close(self, session: Session, attempt_id: uuid.UUID, taker: S, at: datetime) -> None:
        closed = self._run(session, rows.close, {"_attempt": attempt_id, "_taker": taker, "_now": at})
        if closed.rowcount:
            self._run(session, rows.add_up, {"_attempt": attempt_id})

    @lone_verb
    def result(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Outcome:
        """Return the result of a finished attempt, cut to what may be shown now. An overdue one is finished first.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `attempt_open`.
        """
        at = moment(now)
        row = self._mine(session, attempt_id, taker)
        if row.state == AttemptState.OPEN:
            if timing.state_at(AttemptState.OPEN, row.accepts_until, at) is AttemptState.OPEN:
                raise Refused("attempt_open", "The attempt is not submitted yet")
            refuse_autocommit(session)
            self._close(session, attempt_id, taker, at)
            return self._outcome_now(session, attempt_id, taker)
        return self._outcome(session, row, taker, rows.graded_responses)

    def _outcome_now(self, session: Session, attempt_id: uuid.UUID, taker: S) -> Outcome:
        """Return the result of an attempt that was finished at this moment, here or by somebody who was quicker."""
        row = self._mine(session, attempt_id, taker, rows.mine_now)
        return self._outcome(session, row, taker, rows.graded_responses_now)

    def _outcome(self, session: Session, row: Row[Any], taker: S, responses: Build) -> Outcome:
        opened = self._facts(row)
        sheet = self._sheet(session, opened)
        keys = self._keys(session, opened)
        graded = {r.slot: r for r in self._run(session, responses, {"_attempt": opened.attempt_id})}
        use = self._run(session, rows.used, {"assignment_id": row.assignment_id, "_taker": taker}).one()
        left = tries.attempts_left(use.used, use.allowed)
        shown = release.released(AttemptState(row.state), attempts_left=left)
        questions = tuple(
            outcome_question(number, sheet.slots[place], opened.seed, keys, graded.get(number), shown)
            for number, place in enumerate(opened.paper, 1)
        )
        return Outcome(
            attempt_id=opened.attempt_id,
            quiz_id=opened.quiz_id,
            title=opened.title,
            number=opened.number,
            state=AttemptState(row.state),
            started_at=opened.started_at,
            submitted_at=row.submitted_at,
            score=row.score,
            max_score=opened.max_score,
            needs_grading=row.needs_grading,
            questions=questions,
        )

    @staticmethod
    def _returned(row: Row[Any], at: datetime) -> AttemptReturn[S]:
        made: AttemptReturn[Any] = AttemptReturn(
            id=row.id,
            quiz_id=row.quiz_id,
            taker_id=row.taker_id,
            number=row.number,
            state=timing.state_at(AttemptState(row.state), row.accepts_until, at),
            started_at=row.started_at,
            due_at=row.due_at,
            submitted_at=row.submitted_at,
            score=row.score,
            max_score=row.max_score,
            needs_grading=row.needs_grading,
        )
        return cast("AttemptReturn[S]", made)


def _slot(opened: Opened, sheet: Sheet, number: int) -> SheetSlot:
    if number > len(opened.paper):
        raise NotFound("slot_not_found", "The paper has no such slot")
    return sheet.slots[opened.paper[number - 1]]
