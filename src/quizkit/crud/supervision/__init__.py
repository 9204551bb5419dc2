"""Verbs for staff: who is at work and who has finished, and what an attempt says, whatever its taker may see."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import Columns, Where
from quizkit.crud._core.verbs import VerbGroup, reading, verb
from quizkit.vocabulary import AttemptState

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
    from quizkit.schemas import AttemptEventReturn, FinishedBatch, Page, SupervisedAttempt, SupervisedReview

__all__ = ["Supervision"]


class Supervision(VerbGroup[S]):
    """Attempts, for staff: of every taker, and with keys. Previews are not among them."""

    @reading
    def page(
        self,
        session: Session,
        *,
        taker: S | None = None,
        quiz_id: uuid.UUID | None = None,
        assignment_id: uuid.UUID | None = None,
        state: AttemptState | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
        now: datetime | None = None,
    ) -> Page[SupervisedAttempt[S]]:
        """Return attempts with their progress, in the order of their ids.

        Args:
            session: your session, sync or async.
            taker: only those of this taker.
            quiz_id: only those at this quiz.
            assignment_id: only those in this assignment.
            state: only those that are open, overdue, submitted or abandoned now.
            where: your own conditions, such as `[Attempt.taker_id.in_(members)]` for a group of yours.
            after: the id of the last attempt of the previous page.
            limit: the maximum number of attempts, from 1 to 200.
            columns: your own columns of the attempts.
            now: the time that decides what is overdue; defaults to the current time.

        Raises:
            NotFound: `after_not_found`.
        """
        from quizkit.crud.supervision import find

        chosen = find.Chosen(taker, quiz_id, assignment_id, state)
        return find.page(self._work(session, now), chosen, where, after, limit, columns)

    @reading
    def get(
        self, session: Session, attempt_id: uuid.UUID, *, columns: Columns = (), now: datetime | None = None
    ) -> SupervisedAttempt[S]:
        """Return one attempt with its progress.

        Raises:
            NotFound: `attempt_not_found`: also for a preview.
        """
        from quizkit.crud.supervision import find

        return find.get(self._work(session, now), attempt_id, columns)

    @reading
    def review(
        self, session: Session, attempt_id: uuid.UUID, *, columns: Columns = (), now: datetime | None = None
    ) -> SupervisedReview[S]:
        """Return an attempt, open or finished, with its responses, points and right answers.

        It contains the key, and pages that the taker has not reached: never send it to a taker.

        Raises:
            NotFound: `attempt_not_found`: also for a preview.
        """
        from quizkit.crud.supervision import review

        return review.review(self._work(session, now), attempt_id, columns)

    @verb
    def finish(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        actor: S | None = None,
        reason: str,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> SupervisedAttempt[S]:
        """Finish an attempt now on its saved responses; an overdue one as of its deadline.

        No response is stored after that. A finished attempt stays as it is, and nothing is recorded.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            attempt_id: the attempt.
            actor: the user who does it; left out for a program.
            reason: why, up to 1000 characters.
            event_id: an id of the event made by the client, a UUID version 7, so that the call can be repeated.
            now: the time to store; defaults to the current time.
            new_id: generates the id of the event if there is no `event_id`; defaults to UUID version 7.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `id_taken`.
            Invalid: `reason_missing`.
        """
        from quizkit.crud.supervision import finish
        from quizkit.crud.supervision.repair import reason_of

        return finish.finish(self._work(session, now, new_id), attempt_id, reason_of(actor, reason, event_id))

    @verb
    def finish_all(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        actor: S | None = None,
        assignment_id: uuid.UUID | None = None,
        reason: str,
        limit: int = 100,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> FinishedBatch[S]:
        """Finish everybody in an assignment now, or in the default one of a quiz: one step of it.

        Commit, and call it again while `more` is true; `still_open` is the progress. Each attempt is finished like by
        `finish`, with an event of its own. Takers who may still start can start another attempt: close or archive the
        assignment first.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            Invalid: `reason_missing`.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.supervision import finish_all
        from quizkit.crud.supervision.repair import reason_of

        why = reason_of(actor, reason, None)
        return finish_all.finish_all(self._work(session, now, new_id), quiz_id, assignment_id, why, limit)

    @verb
    def reopen(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        actor: S | None = None,
        due_at: datetime | None = None,
        reason: str,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> SupervisedAttempt[S]:
        """Open the newest attempt of a taker again, with the responses that it has.

        Its result is withdrawn, and the grade computed without it, until it is finished again. `due_at` is its new
        deadline, which is needed if the old one has passed; the grace and late periods after it stay as long. A lateness
        that staff had set is gone.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `attempt_open`: it is open with another deadline; `attempt_voided`; `attempt_not_newest`;
                `taker_erased`; `id_taken`.
            Invalid: `deadline_passed`: the deadline is not in the future; `reason_missing`.
            UsageError: `naive_moment`.
        """
        from quizkit.crud.supervision import reopen
        from quizkit.crud.supervision.repair import reason_of

        return reopen.reopen(self._work(session, now, new_id), attempt_id, due_at, reason_of(actor, reason, event_id))

    @verb
    def void(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        actor: S | None = None,
        reason: str,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> SupervisedAttempt[S]:
        """Void a finished attempt: it never counts in grades, and keeps its record. It stays a used attempt.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `attempt_open`: finish it first; `id_taken`.
            Invalid: `reason_missing`.
        """
        from quizkit.crud.supervision import void
        from quizkit.crud.supervision.repair import reason_of

        return void.void(self._work(session, now, new_id), attempt_id, reason_of(actor, reason, event_id))

    @verb
    def unvoid(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        actor: S | None = None,
        reason: str,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> SupervisedAttempt[S]:
        """Let a voided attempt count again; one that is not voided stays as it is.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `id_taken`.
            Invalid: `reason_missing`.
        """
        from quizkit.crud.supervision import unvoid
        from quizkit.crud.supervision.repair import reason_of

        return unvoid.unvoid(self._work(session, now, new_id), attempt_id, reason_of(actor, reason, event_id))

    @verb
    def set_lateness(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        actor: S | None = None,
        seconds: int | None,
        reason: str,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> SupervisedAttempt[S]:
        """Waive or set how late a finished attempt counts as, and compute its result and the grade again.

        0 waives it: every response counts as on time. More: every response counts as late, and `credit` counts these
        seconds after the due date. None: by the clock again.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `attempt_open`: finish it first; `id_taken`.
            Invalid: `reason_missing`.
            UsageError: `lateness_seconds`: it is negative, or above 366 days.
        """
        from quizkit.crud.supervision import set_lateness
        from quizkit.crud.supervision.repair import reason_of

        why = reason_of(actor, reason, event_id)
        return set_lateness.set_lateness(self._work(session, now, new_id), attempt_id, seconds, why)

    @reading
    def events(
        self,
        session: Session,
        *,
        attempt_id: uuid.UUID | None = None,
        assignment_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[AttemptEventReturn[S]]:
        """Return what staff have done with attempts, in the order of ids: about one attempt, in an assignment, or all.

        Raises:
            NotFound: `after_not_found`.
        """
        from quizkit.crud.supervision import events

        return events.events(self._work(session), attempt_id, assignment_id, where, after, limit, columns)
