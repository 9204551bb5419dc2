"""The SQL statements for the terms of assignments and their access events."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, exists, false, func, or_, select, true

from quizkit.crud._core.dialects import MARIADB
from quizkit.crud._core.tables import ID, tenant_filter, tenant_filter_of
from quizkit.crud._terms.policy import POLICY
from quizkit.models import Models
from quizkit.vocabulary import AccessKind


def others_than_default(m: Models[Any], quiz_id: Any) -> ColumnElement[bool]:
    """Return the condition that a quiz has assignments other than its default one."""
    other = m.table(m.assignment).alias("other_assignment")
    return exists().where(other.c.quiz_id == quiz_id, other.c.default_marker.is_(None), *tenant_filter_of(m, other))


def _terms(m: Models[Any]) -> Select[Any]:
    """Select the terms of a quiz: its published revision, and the settings of an assignment."""
    revision, assignment = m.table(m.quiz_revision), m.assignment
    policy = (revision.c[name] for name in POLICY)
    return (
        select(
            m.quiz.id.label("quiz_id"),
            m.quiz.state.label("quiz_state"),
            revision.c.id.label("revision_id"),
            revision.c.content_hash,
            revision.c.max_score,
            *policy,
            assignment.id.label("assignment_id"),
            assignment.default_marker,
            others_than_default(m, m.quiz.id).label("others"),
            assignment.context,
            assignment.opens_at,
            assignment.due_at,
            assignment.closes_at,
            assignment.settings,
            assignment.notices,
            assignment.archived_at,
        )
        .select_from(m.quiz)
        .outerjoin(
            revision,
            and_(
                revision.c.quiz_id == m.quiz.id,
                revision.c.number == m.quiz.revision,
                *tenant_filter(m, m.quiz_revision),
            ),
        )
    )


def terms(m: Models[Any], _dialect: str) -> Executable:
    """Select the terms of a quiz's default assignment."""
    assignment = m.assignment
    default = and_(assignment.quiz_id == m.quiz.id, assignment.default_marker == true(), *tenant_filter(m, assignment))
    return (
        _terms(m)
        .outerjoin(assignment, default)
        .where(m.quiz.id == bindparam("quiz_id", type_=ID), *tenant_filter(m, m.quiz))
    )


def terms_in_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Select the terms of one assignment of a quiz."""
    return _terms_in(m, m.assignment.id == bindparam("assignment_id", type_=ID))


def terms_now(m: Models[Any], dialect: str) -> Executable:
    """Select the terms of a quiz's default assignment, and lock that assignment for share."""
    return _share_locked(m, _terms_in(m, m.assignment.default_marker == true()), dialect)


def terms_in_assignment_now(m: Models[Any], dialect: str) -> Executable:
    """Select the terms of one assignment of a quiz, and lock that assignment for share."""
    return _share_locked(m, _terms_in(m, m.assignment.id == bindparam("assignment_id", type_=ID)), dialect)


def _terms_in(m: Models[Any], which: ColumnElement[bool]) -> Select[Any]:
    assignment = m.assignment
    this = and_(assignment.quiz_id == m.quiz.id, which, *tenant_filter(m, assignment))
    return (
        _terms(m).join(assignment, this).where(m.quiz.id == bindparam("quiz_id", type_=ID), *tenant_filter(m, m.quiz))
    )


def terms_here(m: Models[Any], _dialect: str) -> Executable:
    """Select the terms of an assignment, found without its quiz."""
    return _terms_here(m)


def _terms_here(m: Models[Any]) -> Select[Any]:
    assignment = m.assignment
    this = and_(
        assignment.quiz_id == m.quiz.id,
        assignment.id == bindparam("assignment_id", type_=ID),
        *tenant_filter(m, assignment),
    )
    return _terms(m).join(assignment, this).where(*tenant_filter(m, m.quiz))


def terms_here_now(m: Models[Any], dialect: str) -> Executable:
    """Select the terms of an assignment, found without its quiz, and lock it for share."""
    return _share_locked(m, _terms_here(m), dialect)


def _share_locked(m: Models[Any], terms: Select[Any], dialect: str) -> Executable:
    """Add a share lock on the assignment, so that a start and an extension for everybody wait for each other.

    On PostgreSQL a key share lock is not enough: PostgreSQL grants it even on an outdated version of the row.
    """
    if dialect == "postgresql":
        serializable = func.current_setting("transaction_isolation") == "serializable"
        return terms.add_columns(serializable.label("serializable")).with_for_update(read=True, of=m.assignment)
    terms = terms.add_columns(false().label("serializable"))
    return terms.with_for_update(read=True) if dialect in MARIADB else terms


def access_events(m: Models[Any], _dialect: str) -> Executable:
    """Select access events: of this taker and of groups in an assignment, and of this taker everywhere."""
    table = m.table(m.access_event)
    taker: ColumnElement[bool] = table.c.taker_id == bindparam("taker_id", type_=table.c.taker_id.type)
    if m.is_anonymous:  # no exception is for an anonymous taker, but those of groups apply
        taker = false()
    group = table.c.group_name.in_(bindparam("__groups", type_=table.c.group_name.type, expanding=True))
    here = and_(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.kind == AccessKind.OVERRIDE.value,
        or_(taker, group),
    )
    everywhere = and_(table.c.assignment_id.is_(None), table.c.kind == AccessKind.ACCOMMODATION.value, taker)
    return (
        select(table.c.id, table.c.kind, table.c.group_name, table.c.settings)
        .where(or_(here, everywhere), *tenant_filter(m, m.access_event))
        .order_by(table.c.id)
    )


def default_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Select the default assignment of a quiz, and whether there are others."""
    assignment = m.assignment
    return select(assignment.id, others_than_default(m, assignment.quiz_id).label("others")).where(
        assignment.quiz_id == bindparam("quiz_id", type_=ID),
        assignment.default_marker == true(),
        *tenant_filter(m, assignment),
    )


def assignment(m: Models[Any], _dialect: str) -> Executable:
    """Select an assignment."""
    return select(m.assignment.id).where(
        m.assignment.id == bindparam("assignment_id", type_=ID), *tenant_filter(m, m.assignment)
    )


def assignment_of_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select an assignment of a quiz."""
    assignment = m.assignment
    return select(assignment.id).where(
        assignment.quiz_id == bindparam("quiz_id", type_=ID),
        assignment.id == bindparam("assignment_id", type_=ID),
        *tenant_filter(m, assignment),
    )
