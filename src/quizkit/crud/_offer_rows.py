"""What is asked of the database about what a quiz offers, and what was said about access to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, false, func, or_, select, true

from quizkit.crud._attempt_rows import others_than_default
from quizkit.crud._policy import POLICY
from quizkit.crud._tables import ID, MARIADB, owned
from quizkit.models import Models
from quizkit.vocabulary import AccessKind


def _offer(m: Models[Any]) -> Select[Any]:
    """Select what a quiz offers: its published revision, and how an assignment gives it."""
    revision, given = m.table(m.quiz_revision), m.assignment
    policy = (revision.c[name] for name in POLICY)
    return (
        select(
            m.quiz.id,
            m.quiz.state,
            revision.c.id.label("revision_id"),
            revision.c.content_hash,
            revision.c.max_score,
            *policy,
            given.id.label("assignment_id"),
            given.default_marker,
            others_than_default(m, m.quiz.id).label("others"),
            given.context,
            given.opens_at,
            given.due_at,
            given.closes_at,
            given.settings,
            given.archived_at,
        )
        .select_from(m.quiz)
        .outerjoin(
            revision,
            and_(revision.c.quiz_id == m.quiz.id, revision.c.number == m.quiz.revision, *owned(m, m.quiz_revision)),
        )
    )


def offer(m: Models[Any], _dialect: str) -> Executable:
    """Select what a quiz offers in its default assignment."""
    given = m.assignment
    default = and_(given.quiz_id == m.quiz.id, given.default_marker == true(), *owned(m, given))
    return _offer(m).outerjoin(given, default).where(m.quiz.id == bindparam("quiz_id", type_=ID), *owned(m, m.quiz))


def offer_of_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Select what a quiz offers in one of its assignments."""
    return _offer_in(m, m.assignment.id == bindparam("assignment_id", type_=ID))


def offer_now(m: Models[Any], dialect: str) -> Executable:
    """Select what a quiz offers in its default assignment, and keep that assignment as it is."""
    return _kept(m, _offer_in(m, m.assignment.default_marker == true()), dialect)


def offer_of_assignment_now(m: Models[Any], dialect: str) -> Executable:
    """Select what a quiz offers in one of its assignments, and keep that assignment as it is."""
    return _kept(m, _offer_in(m, m.assignment.id == bindparam("assignment_id", type_=ID)), dialect)


def _offer_in(m: Models[Any], which: ColumnElement[bool]) -> Select[Any]:
    given = m.assignment
    this = and_(given.quiz_id == m.quiz.id, which, *owned(m, given))
    return _offer(m).join(given, this).where(m.quiz.id == bindparam("quiz_id", type_=ID), *owned(m, m.quiz))


def offer_here(m: Models[Any], _dialect: str) -> Executable:
    """Select what an assignment gives, and what its quiz says."""
    given = m.assignment
    this = and_(given.quiz_id == m.quiz.id, given.id == bindparam("assignment_id", type_=ID), *owned(m, given))
    return _offer(m).join(given, this).where(*owned(m, m.quiz))


def _kept(m: Models[Any], offer: Select[Any], dialect: str) -> Executable:
    """Lock the assignment of an offer for share, so that more time for everybody and a start wait for each other.

    On PostgreSQL not for share of its key alone: that lock is given on a version that is no longer the last one.
    """
    if dialect == "postgresql":
        serializable = func.current_setting("transaction_isolation") == "serializable"
        return offer.add_columns(serializable.label("serializable")).with_for_update(read=True, of=m.assignment)
    offer = offer.add_columns(false().label("serializable"))
    return offer.with_for_update(read=True) if dialect in MARIADB else offer


def said(m: Models[Any], _dialect: str) -> Executable:
    """Select what was said about access: of this taker and of groups in an assignment, of this taker everywhere."""
    table = m.table(m.access_event)
    taker = table.c.taker_id == bindparam("_taker", type_=table.c.taker_id.type)
    group = table.c.group_name.in_(bindparam("_groups", type_=table.c.group_name.type, expanding=True))
    here = and_(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.kind == AccessKind.OVERRIDE.value,
        or_(taker, group),
    )
    everywhere = and_(table.c.assignment_id.is_(None), table.c.kind == AccessKind.ACCOMMODATION.value, taker)
    return (
        select(table.c.kind, table.c.taker_id, table.c.group_name, table.c.settings)
        .where(or_(here, everywhere), *owned(m, m.access_event))
        .order_by(table.c.id)
    )


def home(m: Models[Any], _dialect: str) -> Executable:
    """Select the default assignment of a quiz, and whether there are others."""
    given = m.assignment
    return select(given.id, others_than_default(m, given.quiz_id).label("others")).where(
        given.quiz_id == bindparam("quiz_id", type_=ID), given.default_marker == true(), *owned(m, given)
    )


def home_of(m: Models[Any], _dialect: str) -> Executable:
    """Select an assignment of a quiz."""
    given = m.assignment
    return select(given.id).where(
        given.quiz_id == bindparam("quiz_id", type_=ID),
        given.id == bindparam("assignment_id", type_=ID),
        *owned(m, given),
    )
