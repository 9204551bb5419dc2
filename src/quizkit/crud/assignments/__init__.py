"""Verbs for assignments: who may, when, how long, how often; and for exceptions from that."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, cast

from sqlalchemy import ColumnElement, Executable, bindparam, select
from sqlalchemy.orm import Session

from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.crud._core.clock import NewId, id_after, moment
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import call_hash, client_id, ordered_id, refuse_other_call
from quizkit.crud._core.dialects import MARIADB, for_change, fresh, through
from quizkit.crud._core.host_columns import NOTHING, Values, Where
from quizkit.crud._core.legacy import Legacy, added_by_host, ids
from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID, in_steps, insert_into, owned
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud.assignments import extension_statements as extension
from quizkit.crud.assignments.effects import assignment_row, refuse_archived, refuse_override, terms_here, with_effect
from quizkit.errors import Misuse, NotFound, Refused
from quizkit.models import Models
from quizkit.rules import lifecycle
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
from quizkit.vocabulary import AccessKind, QuizState

__all__ = ["Assignments"]

_LONGEST = 86_400 * 366


def _columns(m: Models[Any]) -> Any:
    return select(m.table(m.assignment)).where(*owned(m, m.assignment))


def _insert(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.assignment)


def _get(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.table(m.assignment).c.id == bindparam("id", type_=ID))
    return found


def _get_now(m: Models[Any], dialect: str) -> Executable:
    return fresh(_columns(m).where(m.table(m.assignment).c.id == bindparam("id", type_=ID)), dialect)


def _lock(m: Models[Any], dialect: str) -> Executable:
    table = m.table(m.assignment)
    return for_change(through(_columns(m).where(table.c.id == bindparam("id", type_=ID)), table, dialect))


def _page(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.assignment)
    found: Executable = _columns(m).where(table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)
    return found


def _quiz(m: Models[Any], _dialect: str) -> Executable:
    return select(m.quiz.id, m.quiz.state).where(m.quiz.id == bindparam("id", type_=ID), *owned(m, m.quiz))


def _insert_event(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.access_event)


def _events(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.access_event)
    found = select(table).where(table.c.id > AFTER, *owned(m, m.access_event))
    return found.order_by(table.c.id).limit(LIMIT)


def _get_event(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.access_event)
    return select(table).where(table.c.id == bindparam("id", type_=ID), *owned(m, m.access_event))


def _get_event_now(m: Models[Any], dialect: str) -> Executable:
    return fresh(_get_event(m, dialect), dialect)


def _newest_of_taker(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of the last exception for a taker in an assignment."""
    table = m.table(m.access_event)
    return _last([_of_taker(table), table.c.assignment_id == bindparam("assignment_id", type_=ID)], m)


def _newest_of_person(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of the last exception for a taker everywhere."""
    table = m.table(m.access_event)
    return _last([_of_taker(table), table.c.assignment_id.is_(None)], m)


def _newest_of_group(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of the last exception for a group in an assignment."""
    table = m.table(m.access_event)
    group = table.c.group_name == bindparam("group_name", type_=table.c.group_name.type)
    return _last([group, table.c.taker_id.is_(None), table.c.assignment_id == bindparam("assignment_id", type_=ID)], m)


def _last(where: Iterable[ColumnElement[bool]], m: Models[Any]) -> Executable:
    """Select the newest id of a kind.

    Without a lock: on MariaDB two who look for the last one would lock the place where both then put theirs.
    """
    table = m.table(m.access_event)
    kind = table.c.kind == bindparam("kind", type_=table.c.kind.type)
    found = select(table.c.id).where(*where, kind, *owned(m, m.access_event))
    return found.order_by(table.c.id.desc()).limit(1)


def _of_taker(table: Any) -> Any:
    return table.c.taker_id == bindparam("_taker", type_=table.c.taker_id.type)


class Assignments(Legacy, Generic[S]):
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
            session: yours, sync or async; flushed, never committed.
            data: which quiz, when, and what differs from it.
            assignment_id: an id made by the client, a UUID version 7: creating twice with it is creating once.
            values: what goes into columns that you added.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`, `id_taken`: another call has made an assignment with this id.
        """
        at = moment(now)
        given = client_id("assignment_id", assignment_id)
        made_from = None if given is None else call_hash(data)
        extra = added_by_host(self._models.assignment, values)
        if self._is_made(session, self._models.assignment, given, made_from):
            return self._made(session, given)
        quiz = self._first(session, _quiz, {"id": data.quiz_id})
        if quiz is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        lifecycle.refuse_change(QuizState(quiz.state))
        row = {
            "id": given or ids(new_id, at)(),
            "made_from": made_from,
            "quiz_id": data.quiz_id,
            "default_marker": None,
            "context": data.context,
            "zone": data.zone,
            "opens_at": data.opens_at,
            "due_at": data.due_at,
            "closes_at": data.closes_at,
            "settings": _stored(data.settings),
            "created_at": at,
            "version": FIRST_VERSION,
            "updated_at": at,
            "archived_at": None,
        }
        made = {**row, **extra}
        if not self._make(session, self._models.assignment, _insert, made, tuple(extra), given=given is not None):
            return self._made(session, given)
        return _returned(row)

    def _made(self, session: Session, assignment_id: uuid.UUID | None) -> AssignmentReturn:
        found = self._run(session, _get_now, {"id": assignment_id}).one()
        return _returned(found._asdict())

    @lone_verb
    def get(self, session: Session, assignment_id: uuid.UUID) -> AssignmentReturn:
        """Return an assignment.

        Raises:
            NotFound: `assignment_not_found`.
        """
        return _returned(assignment_row(Work(self._context, session), _get, {"id": assignment_id})._asdict())

    @lone_verb
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

        `where` are further conditions, such as `[Assignment.course_id == 3]`.
        """
        table = self._models.table(self._models.assignment)
        found: list[ColumnElement[bool]] = [] if quiz_id is None else [table.c.quiz_id == quiz_id]
        found += [] if context is None else [table.c.context == context]

        def made(row: Any) -> AssignmentReturn:
            return _returned(row._asdict())

        return self._page(session, _page, made, where=[*found, *where], after=after, limit=limit)

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
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        old = assignment_row(Work(self._context, session), _lock, {"id": assignment_id})
        refuse_archived(old)
        new = {name: getattr(data, name) for name in data.model_fields_set}
        if data.settings is not None:
            new["settings"] = _stored(data.settings)
        changed = {**old._asdict(), **new}
        lifecycle.refuse_window(changed["opens_at"], changed["due_at"], changed["closes_at"])
        return self._write(session, old, new, moment(now), version)

    @verb
    def archive(
        self, session: Session, assignment_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> AssignmentReturn:
        """Take an assignment out of use: no new attempts; those that are open go on. Nothing is deleted.

        One that is archived stays as it is.

        Raises:
            NotFound: `assignment_not_found`.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        old = assignment_row(Work(self._context, session), _lock, {"id": assignment_id})
        return self._write(session, old, {} if old.archived_at else {"archived_at": at}, at, version)

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
            Misuse: `override_whom`: it is for a taker or for a group, one of them.
        """
        if (taker is None) == (group is None):
            raise Misuse("override_whom", "Give taker or group, one of them")
        at = moment(now)
        whom = {"assignment_id": assignment_id, "taker_id": taker, "group_name": group}
        event = self._event(AccessKind.OVERRIDE, whom, _stored(settings), reason, actor, at)
        offer = terms_here(Work(self._context, session, at), assignment_id)
        said = self._said(session, event, event_id)
        if said is None:
            refuse_override(offer, settings)
            said, _ = self._say(session, event, event_id, new_id)
        return with_effect(Work(self._context, session, at), said, offer)

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
            session: yours, sync or async; flushed, never committed.
            settings: how much more.
            taker: whose it is.
            reason: why.
            actor: who says it.
            effect_in: an assignment: `effect` of what is returned says what it comes to there, without groups.
            event_id: an id made by the client, a UUID version 7: saying twice with it is saying once.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.

        Raises:
            NotFound: `assignment_not_found`: `effect_in`.
            Refused: `id_taken`, `event_id_old`: `event_id` is another event's, or not the newest.
        """
        at = moment(now)
        offer = None if effect_in is None else terms_here(Work(self._context, session, at), effect_in)
        whom = {"assignment_id": None, "taker_id": taker, "group_name": None}
        said = {} if settings is None else settings.model_dump(mode="json")
        new = self._event(AccessKind.ACCOMMODATION, whom, said, reason, actor, at)
        event = self._said(session, new, event_id) or self._say(session, new, event_id, new_id)[0]
        return event if offer is None else with_effect(Work(self._context, session, at), event, offer)

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
            Misuse: `extension_seconds`; `isolation_level`: for everybody, on PostgreSQL above READ COMMITTED.
        """
        if not 1 <= seconds <= _LONGEST:
            raise Misuse("extension_seconds", "An extension is at least a second and at most a year", most=_LONGEST)
        at = moment(now)
        whom = {"assignment_id": assignment_id, "taker_id": taker, "group_name": None}
        event = self._event(AccessKind.EXTENSION, whom, {"seconds": seconds}, reason, actor, at)
        self._hold(session, assignment_id, everybody=taker is None)
        if (said := self._said(session, event, event_id)) is not None:
            return _extended(said)
        with self._savepoint(session, extension.move_assignment) as take_back:
            said, made = self._give_time(session, event, event_id, new_id)
            if not made:  # the same was said since this transaction looked
                take_back()
        return _extended(said)

    @lone_verb
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
        table = self._models.table(self._models.access_event)
        found: list[ColumnElement[bool]] = []
        if assignment_id is not None:
            found.append(table.c.assignment_id == assignment_id)
        if taker is not None:
            found.append(table.c.taker_id == taker)
        return self._page(session, _events, _event, where=found, after=after, limit=limit)

    # ------------------------------------------------------------------ shared

    def _hold(self, session: Session, assignment_id: uuid.UUID, *, everybody: bool) -> None:
        """Lock an assignment whose attempts get more time."""
        row = assignment_row(Work(self._context, session), extension.hold_assignment, {"_assignment": assignment_id})
        if everybody:
            refuse_archived(row)
        if everybody and row.level in {"repeatable read", "serializable"}:
            # Its snapshot is older than the lock: who was about to start would be waited for, and not be seen.
            raise Misuse(
                "isolation_level",
                "More time for everybody needs READ COMMITTED on PostgreSQL: "
                'engine.execution_options(isolation_level="READ COMMITTED")',
            )

    def _give_time(
        self, session: Session, event: dict[str, Any], event_id: uuid.UUID | None, new_id: NewId | None
    ) -> tuple[AccessEventReturn[S], bool]:
        """Move what ends, and write it down; return also whether it was not written down before."""
        taker, seconds = event["taker_id"], event["settings"]["seconds"]
        whose = {"_assignment": event["assignment_id"], "_everybody": taker is None, "_taker": taker}
        moved = self._move_attempts(session, {**whose, "_seconds": seconds})
        if taker is not None and not moved:
            raise Refused("no_open_attempt", "The taker has no open attempt here")
        if taker is None:
            self._run(session, extension.move_assignment, {**whose, "_seconds": seconds, "_now": event["created_at"]})
        event["settings"]["attempts"] = moved
        return self._say(session, event, event_id, new_id)

    def _move_attempts(self, session: Session, values: dict[str, Any]) -> int:
        """Move the ends of open attempts; return of how many."""
        if session.get_bind(self._models.attempt).dialect.name not in MARIADB:
            return self._run(session, extension.move_attempts, values).rowcount
        # A lock there is on each index entry that leads to a row, and whoever finishes an attempt locks the row first.
        over = set(self._run(session, extension.finished, values).scalars())
        found = self._run(session, extension.started, values).scalars()
        still = [{**values, "_attempts": step} for step in in_steps(one for one in found if one not in over)]
        return sum(self._run(session, extension.move_these, step).rowcount for step in still)

    def _write(
        self, session: Session, old: Any, new: Mapping[str, Any], at: datetime, version: int | None = None
    ) -> AssignmentReturn:
        return self._change(session, self._models.assignment, old, new, _returned, at=at, version=version)

    def _event(
        self,
        kind: AccessKind,
        whom: dict[str, Any],
        settings: dict[str, Any],
        reason: str | None,
        actor: S | None,
        at: datetime,
    ) -> dict[str, Any]:
        """Return the row of an event, without its id."""
        said = {"kind": kind.value, "settings": settings, "reason": reason, "actor_id": actor}
        return {**whom, **said, "created_at": at}

    def _said(
        self, session: Session, event: Mapping[str, Any], event_id: uuid.UUID | None
    ) -> AccessEventReturn[S] | None:
        """Return what the same call has said already, under the id that the client gave.

        Raises:
            Refused: `id_taken`: another call has said something else.
        """
        given = ordered_id("event_id", event_id)
        there = None if given is None else self._first(session, _get_event, {"id": given})
        if there is None:
            return None
        _refuse_other_event(there, event)
        return _event(there)

    def _say(
        self, session: Session, event: Mapping[str, Any], event_id: uuid.UUID | None, new_id: NewId | None
    ) -> tuple[AccessEventReturn[S], bool]:
        """Say something new; return it, and whether it was not said before.

        Of exceptions the newest holds: it goes above those for the same taker or group. More time is added up.
        """
        made = event_id or ids(new_id, event["created_at"])()
        newest = self._newest(session, event)
        if newest is not None and made <= newest:
            if event_id is not None and event_id != newest:
                raise Refused("event_id_old", "Something newer has been said: make a new id, if it still holds")
            # Said in the same microsecond, or after the clock went back: what is said last must be the newest.
            made = made if event_id or new_id else id_after(newest)
        row = {"id": made, **event}
        if not self._make(session, self._models.access_event, _insert_event, row, given=event_id is not None):
            there = self._run(session, _get_event_now, {"id": made}).one()
            _refuse_other_event(there, event)
            return _event(there), False
        return cast("AccessEventReturn[S]", AccessEventReturn(**row)), True

    def _newest(self, session: Session, event: Mapping[str, Any]) -> uuid.UUID | None:
        """Return the id above which an event's goes; None where any id will do."""
        if event["kind"] == AccessKind.EXTENSION:
            return None
        build = _newest_of_taker
        if event["group_name"] is not None:
            build = _newest_of_group
        elif event["assignment_id"] is None:
            build = _newest_of_person
        whom = {name: event[name] for name in ("kind", "assignment_id", "group_name")}
        return self._run(session, build, {**whom, "_taker": event["taker_id"]}).scalar_one_or_none()


def _refuse_other_event(there: Any, event: Mapping[str, Any]) -> None:
    """Refuse the id of an event that says something else; how many attempts an extension met is no part of it."""
    said = {name: getattr(there, name) for name in event if name != "created_at"}
    wanted = {name: event[name] for name in said}
    for one in (said, wanted):
        one["settings"] = {name: value for name, value in one["settings"].items() if name != "attempts"}
    refuse_other_call(said, wanted)


def _stored(settings: Any) -> dict[str, Any]:
    return dict(settings.model_dump(mode="json", exclude_unset=True))


def _returned(row: Mapping[str, Any]) -> AssignmentReturn:
    known = {name: row[name] for name in AssignmentReturn.model_fields if name in row}
    return AssignmentReturn(is_default=bool(row["default_marker"]), **known)


def _extended(event: AccessEventReturn[Any]) -> Extended:
    return Extended(event_id=event.id, attempts=event.settings["attempts"])


def _event(row: Any) -> AccessEventReturn[Any]:
    return AccessEventReturn.model_validate(row)
