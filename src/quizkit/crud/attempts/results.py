"""Finishing an attempt, what may be seen of it, and what a taker's attempts are worth together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud._core.clock import moment
from quizkit.crud._core.context import Build, S
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud._terms import statements as offers
from quizkit.crud.attempts import finish_statements as closing
from quizkit.crud.attempts import response_statements as answers
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.grades import Grading
from quizkit.crud.attempts.marking import Answered, reviewed
from quizkit.crud.attempts.release import Look, Looking, may_see, share_of
from quizkit.crud.attempts.sending import Sending
from quizkit.errors import NotFound, Refused
from quizkit.rules import lifecycle, scoring, timing
from quizkit.schemas import FeedbackBand, Outcome, Review, ReviewedQuestion, SaveResponse, Sent, TakerGrade
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import AttemptState, ReviewItem, ReviewMoment

__all__ = ["Closing", "Results"]


_MARKS = frozenset({ReviewItem.MARKS})


class Closing(Grading[S], Looking[S]):
    """Finishing attempts."""

    def _close(
        self, session: Session, attempt_id: uuid.UUID, taker: S, at: datetime, build: Build = closing.close
    ) -> Row[Any]:
        """Finish an attempt, unless somebody was quicker, and return it as it then is."""
        closed = self._run(session, build, {"_attempt": attempt_id, "_taker": taker, "_now": at})
        if closed.rowcount:
            self._run(session, closing.add_up, {"_attempt": attempt_id, "_now": at})
        row = self._mine(session, attempt_id, taker, rows.mine_now)
        if closed.rowcount:
            self._grade_attempt(session, row, at)
        return row


class Results(Closing[S], Sending[S]):
    """Results of attempts."""

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

        `responses` are saved first, under the lock under which the attempt is finished. What became of each stands in
        `sent` of what is returned; one that is refused, as `save` would, takes nothing from the others and is no reason
        not to finish. An attempt that is overdue is finished with what is stored, at the time it was due.

        Raises:
            NotFound: `attempt_not_found`.
        """
        at = moment(now)
        given = list(responses)
        sent = self._send(session, attempt_id, given, taker, at) if given else ()
        row = self._close(session, attempt_id, taker, at)
        return self._outcome(session, row, answers.graded_responses_now, at, sent)

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
                raise _still_open()
            refuse_autocommit(session, self._models.attempt)
            row = self._close(session, attempt_id, taker, at, closing.close_overdue)
            if row.state == AttemptState.OPEN:  # it was given more time meanwhile
                raise _still_open()
            return self._outcome(session, row, answers.graded_responses_now, at)
        return self._outcome(session, row, answers.graded_responses, at)

    @lone_verb
    def review(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Review:
        """Return what may be seen of each question now: of an open attempt what checks have shown, of a finished one its result.

        Raises:
            NotFound: `attempt_not_found`.
        """
        at = moment(now)
        row = self._mine(session, attempt_id, taker)
        look = self._look(session, row, at)
        return Review(
            attempt_id=row.id,
            state=timing.state_at(AttemptState(row.state), row.accepts_until, at),
            moment=look.moment,
            shown=_listed(look.shown),
            questions=self._reviewed(session, row, look, answers.graded_responses),
        )

    @lone_verb
    def grade(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        now: datetime | None = None,
    ) -> TakerGrade | None:
        """Return what this taker's attempts are worth together; None before the first, and while marks are not shown.

        It is shown when the marks of every attempt that makes it are.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `assignment_needed`: the quiz has other assignments than the default one; say which.
        """
        at = moment(now)
        home = self._home(session, quiz_id, assignment_id)
        finished = self._run(session, rows.finished_of, {"assignment_id": home, "_taker": taker}).all()
        if not all(self._looks_at(session, finished, at, _MARKS)):
            return None
        found = self._first(session, rows.grade_of, {"assignment_id": home, "_taker": taker})
        return None if found is None else TakerGrade.model_validate(found)

    def _home(self, session: Session, quiz_id: uuid.UUID, assignment_id: uuid.UUID | None) -> uuid.UUID:
        """Return an assignment of a quiz: this one, or the default one."""
        build, of = (
            (offers.default_assignment, {})
            if assignment_id is None
            else (offers.assignment_of_quiz, {"assignment_id": assignment_id})
        )
        found = self._first(session, build, {"quiz_id": quiz_id, **of})
        if found is None:
            code, what = ("quiz_not_found", "quiz") if assignment_id is None else ("assignment_not_found", "assignment")
            raise NotFound(code, f"There is no such {what}, or nobody could take it yet")
        if assignment_id is None:
            lifecycle.refuse_default(others=found.others, named=False, ruled=False)
        return uuid.UUID(str(found.id))

    # ------------------------------------------------------------------ what may be seen

    def _outcome(
        self, session: Session, row: Row[Any], responses: Build, at: datetime, sent: tuple[Sent, ...] = ()
    ) -> Outcome:
        opened = self._facts(row)
        look = self._look(session, row, at)
        share = share_of(row)
        marks = ReviewItem.MARKS in look.shown
        scale = opened.policy.scale(opened.max_score)
        grade = scoring.grade_of(share, scale)
        lost = opened.policy.late_penalty if row.late else None
        return Outcome(
            attempt_id=opened.attempt_id,
            quiz_id=opened.quiz_id,
            title=opened.title,
            number=opened.number,
            purpose=opened.purpose,
            state=AttemptState(row.state),
            started_at=opened.started_at,
            submitted_at=row.submitted_at,
            late=row.late if marks else None,
            moment=look.moment,
            shown=_listed(look.shown),
            score=row.score if marks else None,
            max_score=opened.max_score,
            late_penalty=lost if marks else None,
            grade=grade if marks else None,
            max_grade=scale,
            passed=scoring.has_passed(grade, opened.policy.pass_grade) if marks else None,
            needs_grading=row.needs_grading,
            feedback=_band(row, grade, scale) if ReviewItem.OVERALL_FEEDBACK in look.shown else None,
            sent=sent,
            questions=self._reviewed(session, row, look, responses),
        )

    def _reviewed(self, session: Session, row: Row[Any], look: Look, responses: Build) -> tuple[ReviewedQuestion, ...]:
        """Return the questions of an attempt, cut to what may be seen: those that its taker has reached; after the close all."""
        if ReviewItem.QUESTION not in look.shown:
            return ()
        opened = self._facts(row)
        finished = row.submitted_at is not None
        every = finished and look.moment is ReviewMoment.AFTER_CLOSE
        seats = {number: seat for number, seat in self._seats(session, opened).items() if every or may_see(seat, row)}
        graded = {r.slot: r for r in self._run(session, responses, {"_attempt": opened.attempt_id})}
        tried: dict[int, list[Any]] = {}
        if opened.policy.checks:
            for event in self._run(session, answers.tries, {"_attempt": opened.attempt_id}):
                tried.setdefault(event.slot, []).append(event)
        keys = self._keys(session, opened, seats.values())
        return tuple(
            reviewed(
                seat,
                opened,
                keys,
                Answered(graded.get(number), tuple(tried.get(number, ())), finished=finished),
                look.shown,
            )
            for number, seat in seats.items()
        )


def _still_open() -> Refused:
    return Refused("attempt_open", "The attempt is not submitted yet")


def _listed(shown: frozenset[ReviewItem]) -> tuple[ReviewItem, ...]:
    return tuple(item for item in ReviewItem if item in shown)


def _band(row: Any, grade: Any, scale: Decimal) -> Any:
    bands = [FeedbackBand.model_validate(band) for band in row.feedback_bands]
    found = scoring.band_of(grade, [band.minimum for band in bands], scale)
    return None if found is None else bands[found].content
