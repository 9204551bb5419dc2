"""Verbs for assignments: who may, when, how long, how often; and for exceptions from that."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from quizkit.crud._core import paging
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Values, Where
from quizkit.crud._core.verbs import VerbGroup, single_statement, verb
from quizkit.crud.assignments import access_events, create, edit, extend, statements
from quizkit.crud.assignments.load import assignment_row
from quizkit.crud.assignments.rows import assignment_of_row, event_of
from quizkit.schemas import (
    AccessEventReturn,
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentReturn,
    AssignmentUpdate,
    Extended,
    Page,
)

__all__ = ["Assignments"]


class Assignments(VerbGroup[S]):
    """Quizzes given to somebody, and exceptions from the rules, for authors and staff."""

    @verb
    def create(
        self,
        session: Session,
        data: AssignmentCreate,
        *,
        assignment_id: uuid.UUID | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> AssignmentReturn:
        """Give a quiz to somebody, once more: with a window, limits and attempts of its own.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            data: which quiz, when, and what differs from it.
            assignment_id: an id made by the client, a UUID version 7: repeating the call with it creates nothing new.
            values: values for columns that you added.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`, `id_taken`: another call already used this id for an assignment.
        """
        return create.create(self._work(session, now, new_id), data, assignment_id, values)

    @single_statement
    def get(self, session: Session, assignment_id: uuid.UUID) -> AssignmentReturn:
        """Return an assignment.

        Raises:
            NotFound: `assignment_not_found`.
        """
        return assignment_of_row(assignment_row(self._work(session), statements.assignment, {"id": assignment_id}))

    @single_statement
    def page(
        self,
        session: Session,
        *,
        quiz_id: uuid.UUID | None = None,
        context: str | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[AssignmentReturn]:
        """Return assignments in the order of their ids: of one quiz, of one context, or all.

        `where` adds your own conditions, such as `[Assignment.course_id == 3]`.
        """
        where = [*statements.of_quiz_in_context(self.models, quiz_id, context), *where]
        work = self._work(session)
        return paging.page(work, statements.assignments, assignment_of_row, where=where, after=after, limit=limit)

    @verb
    def update(
        self,
        session: Session,
        assignment_id: uuid.UUID,
        data: AssignmentUpdate,
        *,
        version: int | None = None,
        now: datetime | None = None,
    ) -> AssignmentReturn:
        """Change what was given of an assignment. Attempts that are open keep their ends: see `extend`.

        Raises:
            NotFound: `assignment_not_found`.
            Refused: `assignment_archived`.
            Invalid: `window_order`: it would not open, be due and close in this order.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        return edit.update(self._work(session, now), assignment_id, data, version)

    @verb
    def archive(
        self, session: Session, assignment_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> AssignmentReturn:
        """Take an assignment out of use: no new attempts; those that are open go on. Nothing is deleted.

        Archiving it again changes nothing.

        Raises:
            NotFound: `assignment_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        return edit.archive(self._work(session, now), assignment_id, version)

    # ------------------------------------------------------------------ exceptions

    @verb
    def override(
        self,
        session: Session,
        assignment_id: uuid.UUID,
        settings: AccessSettings,
        *,
        taker: S | None = None,
        group: str | None = None,
        reason: str | None = None,
        actor: S | None = None,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> AccessEventReturn[S]:
        """Give one taker, or one group, other rules in an assignment, from their next attempt on.

        What was said before of the same taker or group no longer holds; empty settings take it back. The taker's own
        word counts, else the most lenient of their groups'. A window (opens, due, closes) and a lateness policy (time_up,
        late_seconds, late_penalty) are each one value: what is left out of one is completed with the assignment.

        `effect` of what is returned says when an attempt would begin and end for this taker, their accommodation counted
        and without groups, or for somebody of this group alone.

        Raises:
            NotFound: `assignment_not_found`.
            Refused: `assignment_archived`; `id_taken`, `event_id_old`: `event_id` is another event's, or not the newest.
            Invalid: by itself and the assignment it can have no effect: `window_order`, `limit_beyond_window`,
                `late_not_accepted`. Late work is accepted also where nothing can come late there: a due date or a limit
                may come from one of the taker's groups.
            UsageError: `override_whom`: it is for a taker or for a group, one of them.
        """
        return access_events.override(
            self._work(session, now, new_id),
            assignment_id,
            settings,
            taker=taker,
            group=group,
            reason=reason,
            actor=actor,
            event_id=event_id,
        )

    @verb
    def accommodate(
        self,
        session: Session,
        settings: AccommodationSettings | None,
        *,
        taker: S,
        reason: str | None = None,
        actor: S | None = None,
        effect_in: uuid.UUID | None = None,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> AccessEventReturn[S]:
        """Give a person more time in every assignment, from their next attempt on; None takes it back.

        The factor is for the time limit, and where there is none for the length of the window; every end moves later by
        as much, and the last moment to start stays what it is for others.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            settings: how much more.
            taker: whose it is.
            reason: why.
            actor: who says it.
            effect_in: an assignment: `effect` of what is returned says what it comes to there, without groups.
            event_id: an id made by the client, a UUID version 7: saying twice with it is saying once.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `assignment_not_found`: `effect_in`.
            Refused: `id_taken`, `event_id_old`: `event_id` is another event's, or not the newest.
        """
        return access_events.accommodate(
            self._work(session, now, new_id),
            settings,
            taker=taker,
            reason=reason,
            actor=actor,
            effect_in=effect_in,
            event_id=event_id,
        )

    @verb
    def extend(
        self,
        session: Session,
        assignment_id: uuid.UUID,
        *,
        seconds: int,
        taker: S | None = None,
        reason: str | None = None,
        actor: S | None = None,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> Extended:
        """Give everybody in an assignment, or one taker, more time now, in the middle of an exam.

        Every attempt that is open ends later by as much, also one whose time has just run out and that nobody has
        finished yet. For everybody the assignment is due, and closes, later by as much too. It is written down.
        `event_id` is an id made by the client, a UUID version 7: with the same one time is given once.

        Raises:
            NotFound: `assignment_not_found`.
            Refused: `no_open_attempt`: this taker has none; `assignment_archived`: for everybody; `id_taken`:
                `event_id` is another event's.
            UsageError: `extension_seconds`; `isolation_level`: for everybody, on PostgreSQL above READ COMMITTED.
        """
        return extend.extend(
            self._work(session, now, new_id),
            assignment_id,
            seconds=seconds,
            taker=taker,
            reason=reason,
            actor=actor,
            event_id=event_id,
        )

    @single_statement
    def events(
        self,
        session: Session,
        *,
        assignment_id: uuid.UUID | None = None,
        taker: S | None = None,
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[AccessEventReturn[S]]:
        """Return what was said about access, in the order of the ids: in an assignment, of a taker, or all of it."""
        where = statements.in_assignment_of_taker(self.models, assignment_id, taker)
        return paging.page(self._work(session), statements.events, event_of, where=where, after=after, limit=limit)
