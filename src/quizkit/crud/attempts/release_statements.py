"""What is asked of the database to find out whether anybody may still answer a quiz, or have another attempt at it."""

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

from quizkit.crud._core.tables import ID, tenant_filter, tenant_filter_of
from quizkit.crud._terms.policy import POLICY
from quizkit.crud.attempts.statements import REAL, present
from quizkit.models import Models
from quizkit.vocabulary import AccessKind

# The words of an override that can move the end of a quiz: nothing else of one is read.
_ENDING = ("due_at", "closes_at", "time_up", "late_seconds")


def _quizzes() -> Any:
    return bindparam("_quizzes", type_=ID, expanding=True)


def offered(m: Models[Any], _dialect: str) -> Executable:
    """Select how quizzes are given: the rules of each assignment as they are now, and whether somebody sits in it."""
    revision, given = m.table(m.quiz_revision), m.table(m.assignment)
    names = ("quiz_id", "archived_at", "default_marker", "opens_at", "due_at", "closes_at", "context", "settings")
    return (
        select(
            given.c.id,
            *(given.c[name] for name in names),
            m.quiz.state.label("quiz_state"),
            *(revision.c[name] for name in POLICY),
            _somebody_sits(m, given).label("somebody_sits"),
        )
        .select_from(given)
        .join(m.quiz, and_(m.quiz.id == given.c.quiz_id, *tenant_filter(m, m.quiz)))
        .join(
            revision,
            and_(
                revision.c.quiz_id == m.quiz.id,
                revision.c.number == m.quiz.revision,
                *tenant_filter(m, m.quiz_revision),
            ),
        )
        .where(given.c.quiz_id.in_(_quizzes()), *tenant_filter(m, m.assignment))
    )


def _somebody_sits(m: Models[Any], given: Any) -> ColumnElement[bool]:
    sitting = m.table(m.attempt).alias("sitting")
    return exists().where(
        sitting.c.assignment_id == given.c.id,
        sitting.c.purpose == REAL,
        sitting.c.open_marker == true(),
        or_(sitting.c.accepts_until.is_(None), sitting.c.accepts_until >= present()),
        *tenant_filter_of(m, sitting),
    )


def words(m: Models[Any], _dialect: str) -> Executable:
    """Select what holds otherwise for some takers and groups of quizzes.

    Each different word once for an assignment, whomever it is for: there are as many rows as rules, not as takers.
    """
    given = m.table(m.assignment)
    here = select(given.c.id).where(given.c.quiz_id.in_(_quizzes()), *tenant_filter(m, m.assignment))
    return _distinct(_newest(m, m.table(m.access_event).c.assignment_id.in_(here)), _ENDING)


def _newest(m: Models[Any], where: Any) -> Subquery:
    """Select what was said last of each taker and each group in assignments."""
    event = m.table(m.access_event)
    whom = (event.c.assignment_id, event.c.taker_id, event.c.group_name)
    age = func.row_number().over(partition_by=whom, order_by=event.c.id.desc()).label("age")
    said = select(event.c.assignment_id, event.c.taker_id, event.c.group_name, _text(event.c.settings), age)
    return said.where(event.c.kind == AccessKind.OVERRIDE.value, where, *tenant_filter(m, m.access_event)).subquery()


def _text(settings: Any) -> Any:
    """Return a JSON value as text, which every database can compare."""
    return cast(settings, Text()).label("said")


def _distinct(newest: Subquery, names: tuple[str, ...]) -> Select[Any]:
    speaks = or_(*(newest.c.said.contains(f'"{name}"', autoescape=True) for name in names))
    return select(newest.c.assignment_id, newest.c.said).where(newest.c.age == 1, speaks).distinct()


def grants(m: Models[Any], _dialect: str) -> Executable:
    """Select how many attempts one taker, or any group, may have otherwise in an assignment."""
    here = bindparam("assignment_id", type_=ID)
    newest = _newest(m, m.table(m.access_event).c.assignment_id == here)
    taker = newest.c.taker_id == bindparam("_taker", type_=newest.c.taker_id.type)
    mine = or_(taker, newest.c.group_name.is_not(None))
    return _distinct(newest, ("max_attempts",)).where(mine)
