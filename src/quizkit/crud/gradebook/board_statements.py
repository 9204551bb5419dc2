"""The SQL statements for leaderboards: the order of the best, who is before whom, and means of groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, case, func, literal, or_, select

from quizkit.crud._core.context import Build
from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID
from quizkit.crud.gradebook.statements import in_assignment, of_assignment
from quizkit.models import ExactPoints, Models
from quizkit.vocabulary import TieBreak

__all__ = [
    "BEST", "BEST_AFTER", "BEST_BEFORE", "COUNTS_AROUND", "COUNTS_BEFORE", "TIES", "best_first", "counted", "grade",
    "grade_of_taker", "later", "means", "place_of",
]  # fmt: skip

TIES: Final = {TieBreak.SHARED: None, TieBreak.TIME: "reached_at", TieBreak.ATTEMPTS: "attempts"}
"""The column by which equal grades are ordered: the lower value is better."""

_THIS: Final = bindparam("id", type_=ID)


def place_of(row: Any, ties: TieBreak) -> dict[str, Any]:
    """Return the parameters that name the place of a row on a board."""
    tie = TIES[ties]
    return {"__grade": row.grade, **({} if tie is None else {"__tie": getattr(row, tie)})}


def _this_grade() -> Any:
    return bindparam("__grade", type_=ExactPoints(16))


def _tie(c: Any, ties: TieBreak) -> tuple[Any, Any] | None:
    """Return the column that orders equal grades, and the parameter with its value in this place."""
    name = TIES[ties]
    return None if name is None else (c[name], bindparam("__tie", type_=c[name].type))


def _better(c: Any, ties: TieBreak) -> ColumnElement[bool]:
    """Return the condition that a row has a better rank than this place."""
    tie, grade = _tie(c, ties), _this_grade()
    higher: ColumnElement[bool] = c.grade > grade
    return higher if tie is None else or_(higher, and_(c.grade == grade, tie[0] < tie[1]))


def _equal(c: Any, ties: TieBreak) -> ColumnElement[bool]:
    tie = _tie(c, ties)
    return and_(c.grade == _this_grade(), *(() if tie is None else (tie[0] == tie[1],)))


def _earlier(c: Any, ties: TieBreak) -> ColumnElement[bool]:
    """Return the condition that a row is before this place in the list."""
    return or_(_better(c, ties), and_(_equal(c, ties), c.id < _THIS))


def later(c: Any, ties: TieBreak) -> ColumnElement[bool]:
    """Return the condition that a row is after this place in the list."""
    tie, grade = _tie(c, ties), _this_grade()
    worse = c.grade < grade if tie is None else or_(c.grade < grade, and_(c.grade == grade, tie[0] > tie[1]))
    return or_(worse, and_(_equal(c, ties), c.id > AFTER))


def best_first(c: Any, ties: TieBreak) -> tuple[Any, ...]:
    """Return the order of a board."""
    tie = TIES[ties]
    return (c.grade.desc(), *(() if tie is None else (c[tie],)), c.id)


def counted(source: Any, c: Any, ties: TieBreak) -> Select[Any]:
    """Return a select of the number of rows with a better rank than this place, and of those before it in the list."""
    above = func.count(case((_better(c, ties), c.id)))
    found: Any = select(above.label("above"), func.count().label("earlier"))
    return cast("Select[Any]", found.select_from(source).where(_earlier(c, ties)))


# ---------------------------------------------------------------------------------------------- one assignment


def _known(m: Models[Any]) -> Select[Any]:
    return of_assignment(m).where(m.table(m.quiz_grade).c.grade.is_not(None))


def _best(ties: TieBreak, m: Models[Any], _dialect: str) -> Executable:
    """Select the best grades of an assignment."""
    return _known(m).order_by(*best_first(m.table(m.quiz_grade).c, ties)).limit(LIMIT)


def _best_after(ties: TieBreak, m: Models[Any], _dialect: str) -> Executable:
    """Select the grades after a place, the best first."""
    c = m.table(m.quiz_grade).c
    # The first condition is implied by the second one, and bounds the part of the index that is read.
    lower = of_assignment(m).where(c.grade <= _this_grade(), later(c, ties))
    return lower.order_by(*best_first(c, ties)).limit(LIMIT)


def _best_before(ties: TieBreak, m: Models[Any], _dialect: str) -> Executable:
    """Select the grades before a place, the nearest first."""
    c, tie = m.table(m.quiz_grade).c, TIES[ties]
    higher = of_assignment(m).where(c.grade >= _this_grade(), _earlier(c, ties))
    return higher.order_by(c.grade, *(() if tie is None else (c[tie].desc(),)), c.id.desc()).limit(LIMIT)


def _counts_before(ties: TieBreak, m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    return counted(table, table.c, ties).where(table.c.grade >= _this_grade(), *in_assignment(m))


def _counts_around(ties: TieBreak, m: Models[Any], _dialect: str) -> Executable:
    """Select the numbers of `_counts_before`, and how many grades the whole board has."""
    c = m.table(m.quiz_grade).c
    above, earlier = (func.count(case((condition(c, ties), c.id))) for condition in (_better, _earlier))
    found = select(above.label("above"), earlier.label("earlier"), func.count().label("takers"))
    return found.select_from(m.table(m.quiz_grade)).where(*in_assignment(m), c.grade.is_not(None))


def _for_each(build: Callable[[TieBreak, Models[Any], str], Executable]) -> dict[TieBreak, Build]:
    # Made once, because statements are cached by the function that builds them.
    return {ties: partial(build, ties) for ties in TieBreak}


BEST: Final = _for_each(_best)
BEST_AFTER: Final = _for_each(_best_after)
BEST_BEFORE: Final = _for_each(_best_before)
COUNTS_BEFORE: Final = _for_each(_counts_before)
COUNTS_AROUND: Final = _for_each(_counts_around)


def grade(m: Models[Any], _dialect: str) -> Executable:
    """Select a grade of an assignment."""
    return of_assignment(m).where(m.table(m.quiz_grade).c.id == _THIS)


def grade_of_taker(m: Models[Any], _dialect: str) -> Executable:
    """Select the grade of a taker in an assignment."""
    taker = m.table(m.quiz_grade).c.taker_id
    return _known(m).where(taker == bindparam("__taker", type_=taker.type))


def means(m: Models[Any], position: int) -> Select[Any]:
    """Return a select of the number and the sum of the grades of an assignment, under a number."""
    c = m.table(m.quiz_grade).c
    found: Any = select(
        literal(position).label("position"), func.count().label("grades"), func.sum(c.grade).label("total")
    )
    return cast("Select[Any]", found.select_from(m.table(m.quiz_grade)).where(*in_assignment(m), c.grade.is_not(None)))
