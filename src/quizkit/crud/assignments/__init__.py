"""Verbs for assignments: access rules and time limits, and exceptions from them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Columns, Values, Where
from quizkit.crud._core.verbs import VerbGroup, reading, verb

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
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
    """Assignments of quizzes, and exceptions from their rules, for authors and staff."""

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
        """Assign a quiz once more, with its own window, limits and attempts.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            data: the quiz, the window, and the settings that differ from the quiz.
            assignment_id: an id made by the client, a UUID version 7; repeating the call with it creates nothing new.
            values: values for columns that you added.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`, `id_taken`: another call already used this id for an assignment.
        """
        from quizkit.crud.assignments import create

        return create.create(self._work(session, now, new_id), data, assignment_id, values)

    @reading
    def get(self, session: Session, assignment_id: uuid.UUID, *, columns: Columns = ()) -> AssignmentReturn:
        """Return an assignment.

        `columns` adds values of your own columns, such as `[Assignment.course_id]`, to its `columns`.

        Raises:
            UsageError: `columns_column`.
            NotFound: `assignment_not_found`.
        """
        from quizkit.crud.assignments import find

        return find.get(self._work(session), assignment_id, columns)

    @reading
    def page(
        self,
        session: Session,
        *,
        quiz_id: uuid.UUID | None = None,
        context: str | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[AssignmentReturn]:
        """Return assignments in id order: of one quiz, of one context, or all.

        `where` adds your own conditions, such as `[Assignment.course_id == 3]`.
        """
        from quizkit.crud.assignments import find

        work = self._work(session)
        return find.page(work, quiz_id=quiz_id, context=context, where=where, after=after, limit=limit, columns=columns)

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
        """Change the given fields of an assignment. Open attempts keep their deadlines: see `extend`.

        `stricter_exceptions` in the result are the overrides in force that are now stricter than the assignment.

        `notices` appear on papers from the next time that they are loaded.

        Raises:
            NotFound: `assignment_not_found`; `question_not_found`: a notice is about an unknown question.
            Refused: `assignment_archived`.
            Invalid: `window_order`: the window must satisfy opens_at < due_at ≤ closes_at; `zone_missing`: a local time,
                and neither the change nor the assignment has a zone.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.assignments import edit

        return edit.update(self._work(session, now), assignment_id, data, version)

    @verb
    def archive(
        self, session: Session, assignment_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> AssignmentReturn:
        """Archive an assignment: no new attempts; open attempts continue. Nothing is deleted.

        Archiving it again changes nothing.

        Raises:
            NotFound: `assignment_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.assignments import edit

        return edit.archive(self._work(session, now), assignment_id, version)

    # ------------------------------------------------------------------ exceptions

    @verb
    def override(
        self,
        session: Session,
        assignment_id: uuid.UUID,
        data: AccessSettings,
        *,
        taker: S | None = None,
        actor: S | None = None,
        group: str | None = None,
        reason: str | None = None,
        apply_to_open: bool = True,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> AccessEventReturn[S]:
        """Set other rules in an assignment for one taker or one group, also in their open attempts.

        This replaces the previous override of the same taker or group; empty settings remove it. The taker's own
        override applies, or else the most lenient value from their groups. A window (`opens_at`, `due_at`, `closes_at`)
        and a lateness policy (`time_up`, `late_seconds`, `late_penalty`) each count as one value: their omitted fields
        come from the assignment.

        `open_attempts` in the result are the open attempts of the taker, or of those who started as members of the
        group, each with its deadline and whether the override applies to it: their ends move by as much as the override
        moves them, and never to an earlier time. With `apply_to_open=False` it is for later attempts only.

        `effect` shows when a new attempt would begin and end: for a taker with their accommodation and
        without groups, or for a member of this group alone.

        Raises:
            NotFound: `assignment_not_found`.
            Refused: `assignment_archived`; `id_taken`: another event has the id `event_id`; `event_id_old`: there is a
                newer event.
            Invalid: the override can have no effect with this assignment: `window_order`, `limit_beyond_window`,
                `late_not_accepted`; `zone_missing`: a local time, and the assignment has no zone. Accepting late work is valid even if nothing can be late in the assignment: a due
                date or a limit may come from one of the taker's groups.
            UsageError: `override_whom`: give either a taker or a group.
        """
        from quizkit.crud.assignments import override

        return override.override(
            self._work(session, now, new_id),
            assignment_id,
            data,
            taker=taker,
            actor=actor,
            group=group,
            reason=reason,
            apply_to_open=apply_to_open,
            event_id=event_id,
        )

    @verb
    def accommodate(
        self,
        session: Session,
        data: AccommodationSettings,
        *,
        taker: S,
        actor: S | None = None,
        reason: str | None = None,
        apply_to_open: bool = True,
        effect_in: uuid.UUID | None = None,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> AccessEventReturn[S]:
        """Give a person more time in every assignment, also in their open attempts; empty settings remove it.

        The factor applies to the time limit or, without one, to the length of the window. Every deadline moves by the
        added time; the last time to start stays the same as for others.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            data: how much more time.
            taker: the person.
            actor: the user who grants it.
            reason: the reason.
            apply_to_open: whether it also applies to the person's open attempts, which `open_attempts` in the result
                lists with their deadlines; they never end earlier.
            effect_in: an assignment; `effect` in the result shows what applies there, without groups.
            event_id: an id made by the client, a UUID version 7; repeating the call with it records nothing new.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `assignment_not_found`: `effect_in`.
            Refused: `id_taken`: another event has the id `event_id`; `event_id_old`: a newer event exists.
        """
        from quizkit.crud.assignments import accommodate

        return accommodate.accommodate(
            self._work(session, now, new_id),
            data,
            taker=taker,
            actor=actor,
            reason=reason,
            apply_to_open=apply_to_open,
            effect_in=effect_in,
            event_id=event_id,
        )

    @verb
    def extend(
        self,
        session: Session,
        assignment_id: uuid.UUID,
        *,
        taker: S | None = None,
        actor: S | None = None,
        seconds: int | None = None,
        until: datetime | None = None,
        reason: str | None = None,
        event_id: uuid.UUID | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> Extended:
        """Give everybody in an assignment, or one taker, more time during an exam: so many seconds, or until a time.

        `until` is the new end of the assignment (its due or else its closing time) or, for one taker, of the open
        attempt; a local time is in the zone of the assignment. All get the seconds from the old end to the new one,
        rounded up.

        The deadlines of all open attempts move by these seconds, including attempts whose time has just run out and that
        nobody has finished yet. An extension for everybody also moves the due and closing time of the assignment. It is
        recorded as an access event. `event_id` is an id made by the client, a UUID version 7; repeating the call with
        it adds no more time.

        Raises:
            NotFound: `assignment_not_found`.
            Refused: `no_open_attempt`: this taker has none; `assignment_archived`: for everybody; `id_taken`:
                another event has the id `event_id`; `no_end_to_extend`: `until`, and there is no end yet.
            Invalid: `zone_missing`: `until` is a local time, and the assignment has no zone; `moment_range`.
            UsageError: `extension_how`: give either seconds or until; `extension_seconds`: also if `until` is not later
                than the end; `isolation_level`: for everybody, on PostgreSQL above READ COMMITTED.
        """
        from quizkit.crud.assignments import extend

        return extend.extend(
            self._work(session, now, new_id),
            assignment_id,
            taker=taker,
            actor=actor,
            seconds=seconds,
            until=until,
            reason=reason,
            event_id=event_id,
        )

    @reading
    def events(
        self,
        session: Session,
        *,
        taker: S | None = None,
        assignment_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[AccessEventReturn[S]]:
        """Return access events in id order: in an assignment, of a taker, or all.

        `where` adds your own conditions, such as `[AccessEvent.actor_id == 7]`.
        """
        from quizkit.crud.assignments import events

        work = self._work(session)
        return events.events(
            work, taker=taker, assignment_id=assignment_id, where=where, after=after, limit=limit, columns=columns
        )
