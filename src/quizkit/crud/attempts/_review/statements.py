"""The SQL statements that tell whether anybody may still answer a quiz, or have another attempt at it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)

from quizkit.crud._core.attempt_statements import REAL
from quizkit.crud._core.tables import ID, tenant_filter, tenant_filter_of
from quizkit.crud._terms.policy import POLICY
from quizkit.crud.attempts._facts.statements import present, this_taker
from quizkit.models import Models
from quizkit.vocabulary import AccessKind

# The fields of an override that can move the end of a quiz; no other fields are read.
_ENDING = ("due_at", "due_plus_seconds", "closes_at", "closes_plus_seconds", "time_up", "late_seconds")


def _quizzes() -> Any:
    return bindparam("__quizzes", type_=ID, expanding=True)


def assignments(m: Models[Any], _dialect: str) -> Executable:
    """Select the assignments of quizzes with their current rules, and whether any of their attempts is open."""
    revision, assignment = m.table(m.quiz_revision), m.table(m.assignment)
    names = ("quiz_id", "archived_at", "default_marker", "opens_at", "due_at", "closes_at", "context", "settings")
    return (
        select(
            assignment.c.id,
            *(assignment.c[name] for name in names),
            m.quiz.state.label("quiz_state"),
            *(revision.c[name] for name in POLICY),
            _has_open_attempt(m, assignment).label("has_open_attempt"),
        )
        .select_from(assignment)
        .join(m.quiz, and_(m.quiz.id == assignment.c.quiz_id, *tenant_filter(m, m.quiz)))
        .join(
            revision,
            and_(
                revision.c.quiz_id == m.quiz.id,
                revision.c.number == m.quiz.revision,
                *tenant_filter(m, m.quiz_revision),
            ),
        )
        .where(assignment.c.quiz_id.in_(_quizzes()), *tenant_filter(m, m.assignment))
    )


def _has_open_attempt(m: Models[Any], assignment: Any) -> ColumnElement[bool]:
    open_attempt = m.table(m.attempt).alias("open_attempt")
    return exists().where(
        open_attempt.c.assignment_id == assignment.c.id,
        open_attempt.c.purpose == REAL,
        open_attempt.c.open_marker == true(),
        or_(open_attempt.c.accepts_until.is_(None), open_attempt.c.accepts_until >= present()),
        *tenant_filter_of(m, open_attempt),
    )


def overrides(m: Models[Any], _dialect: str) -> Executable:
    """Select the overrides of takers and groups in the assignments of quizzes.

    Each distinct override of an assignment is selected once, whoever it is for: there are as many rows as distinct
    overrides, not as takers.
    """
    assignment = m.table(m.assignment)
    here = select(assignment.c.id).where(assignment.c.quiz_id.in_(_quizzes()), *tenant_filter(m, m.assignment))
    return _distinct(_newest(m, m.table(m.access_event).c.assignment_id.in_(here)), _ENDING)


def _newest(m: Models[Any], where: Any) -> Subquery:
    """Select the override in force of each taker and group in assignments: `rules.access.settings_in_force` as SQL."""
    event = m.table(m.access_event)
    whom = (event.c.assignment_id, event.c.taker_id, event.c.group_name)
    age = func.row_number().over(partition_by=whom, order_by=event.c.id.desc()).label("age")
    events = select(event.c.assignment_id, event.c.taker_id, event.c.group_name, _text(event.c.settings), age)
    return events.where(event.c.kind == AccessKind.OVERRIDE.value, where, *tenant_filter(m, m.access_event)).subquery()


def _text(settings: Any) -> Any:
    """Return a JSON value as text, which every database can compare."""
    return cast(settings, Text()).label("settings")


def _distinct(newest: Subquery, names: tuple[str, ...]) -> Select[Any]:
    mentions = or_(*(newest.c.settings.contains(f'"{name}"', autoescape=True) for name in names))
    return select(newest.c.assignment_id, newest.c.settings).where(newest.c.age == 1, mentions).distinct()


def attempt_overrides(m: Models[Any], _dialect: str) -> Executable:
    """Select the overrides of the number of attempts in an assignment, for one taker and for all groups."""
    here = bindparam("assignment_id", type_=ID)
    newest = _newest(m, m.table(m.access_event).c.assignment_id == here)
    taker = newest.c.taker_id == bindparam("__taker", type_=newest.c.taker_id.type)
    group = newest.c.group_name.is_not(None)
    applies = group if m.is_anonymous else or_(taker, group)  # no override is for an anonymous taker
    return _distinct(newest, ("max_attempts", "plus_attempts")).where(applies)


def used(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment, and how many attempts the quiz allows now."""
    table, assignment, revision = m.table(m.attempt), m.assignment, m.quiz_revision
    return (
        select(table.c.number, table.c.policy, table.c.state, revision.max_attempts, assignment.settings)
        .select_from(table)
        .join(assignment, assignment.id == table.c.assignment_id)
        .join(m.quiz, m.quiz.id == table.c.quiz_id)
        .join(revision, and_(revision.quiz_id == m.quiz.id, revision.number == m.quiz.revision))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c[m.taker_column] == this_taker(m),
            table.c.purpose == REAL,
            *tenant_filter(m, m.attempt, assignment, m.quiz, revision),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )
