"""The grade of a taker in an assignment: computed from the attempts that count, whenever one of them is finished."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Generic

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy.orm import Session

from quizkit.crud._core.context import S
from quizkit.crud._core.dialects import MARIADB, fresh, insert_of, through
from quizkit.crud._core.legacy import Legacy, ids
from quizkit.crud._core.tables import ID, insert_into, owned
from quizkit.models import Models, UtcDateTime
from quizkit.rules import scoring
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptPurpose, AttemptState

__all__ = ["Grading"]

_log: Final = logging.getLogger("quizkit.gradebook")

_COMPUTED = ("grade", "max_grade", "passed", "attempts", "needs_grading")


def graded_by(m: Models[Any], dialect: str) -> Executable:
    """Select whose grades some attempts make, as they are now."""
    table = m.table(m.attempt)
    found = select(table.c.assignment_id, table.c.taker_id).where(
        table.c.id.in_(bindparam("_attempts", type_=ID, expanding=True)),
        table.c.purpose == AttemptPurpose.REAL.value,
        table.c.taker_id.is_not(None),
        *owned(m, m.attempt),
    )
    return fresh(through(found, table, dialect), dialect)


def open_grade(m: Models[Any], dialect: str) -> Executable:
    """Insert a grade without a value, unless there is one."""
    table = m.table(m.quiz_grade)
    new: Any = insert_into(m, m.quiz_grade, insert_of(dialect))
    made: Executable
    if dialect in MARIADB:
        made = new.on_duplicate_key_update({"attempts": table.c.attempts})  # as it is
        return made
    keys = [table.c[name] for name in m.config.key("assignment_id", "taker_id")]
    made = new.on_conflict_do_nothing(index_elements=keys)
    return made


def hold_grade(m: Models[Any], dialect: str) -> Executable:
    """Write a grade before it is computed: others who compute it wait, and are told that it has changed."""
    return _written(m, {}, dialect)


def attempts_of(m: Models[Any], dialect: str) -> Executable:
    """Select the finished attempts of some takers in an assignment, each taker's first one first."""
    table = m.table(m.attempt)
    names = ("taker_id", "number", "state", "score", "max_score", "needs_grading", "policy")
    found = (
        select(*(table.c[name] for name in names))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id.in_(bindparam("_takers", type_=table.c.taker_id.type, expanding=True)),
            table.c.purpose == AttemptPurpose.REAL.value,
            table.c.state != AttemptState.OPEN.value,
            *owned(m, m.attempt),
        )
        .order_by(table.c.taker_id, table.c.number)
    )
    return fresh(through(found, table, dialect, m.config.name("uq", m.attempt.role, "number")), dialect)


def write_grade(m: Models[Any], dialect: str) -> Executable:
    """Write what a grade was computed to be."""
    table = m.table(m.quiz_grade)
    return _written(m, {name: bindparam(f"_{name}", type_=table.c[name].type) for name in _COMPUTED}, dialect)


def _written(m: Models[Any], new: dict[str, Any], dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    written = (
        update(table)
        .where(
            table.c.assignment_id == bindparam("_assignment", type_=ID),
            table.c.taker_id == bindparam("_taker", type_=table.c.taker_id.type),
            *owned(m, m.quiz_grade),
        )
        .values({**new, "updated_at": bindparam("_now", type_=UtcDateTime())})
    )
    return through(written, table, dialect, m.config.name("uq", m.quiz_grade.role, "taker"))


class Grading(Legacy, Generic[S]):
    """Keeping grades."""

    def _grade_attempts(self, session: Session, attempt_ids: Sequence[uuid.UUID], at: datetime) -> int:
        """Compute the grades anew that some attempts make, and return how many could not be.

        The grade is locked first, then the attempts are read.
        """
        whose = self._run(session, graded_by, {"_attempts": list(attempt_ids)}).all()
        by_assignment: dict[Any, set[Any]] = {}
        for row in whose:
            by_assignment.setdefault(row.assignment_id, set()).add(row.taker_id)
        return sum(
            self._grade_takers(session, assignment_id, by_assignment[assignment_id], at)
            for assignment_id in sorted(by_assignment, key=str)
        )

    def _grade_attempt(self, session: Session, row: Any, at: datetime) -> None:
        """Compute the grade anew that an attempt makes, which has just been finished and read again."""
        if row.purpose != AttemptPurpose.REAL:
            return
        if row.number > 1:
            self._grade_takers(session, row.assignment_id, [row.taker_id], at)
            return
        whose = {"_assignment": row.assignment_id, "_taker": row.taker_id}
        self._run(session, write_grade, {**whose, "_now": at, **computed([row])})  # which no other attempt can change

    def _open_grade(
        self, session: Session, quiz_id: uuid.UUID, assignment_id: uuid.UUID, takers: Sequence[Any], at: datetime
    ) -> None:
        """Make grades without a value for takers who have none. The assignment is locked, for share at least."""
        new_id = ids(None, at)
        where = {"quiz_id": quiz_id, "assignment_id": assignment_id, "pseudonym": None, **UNGRADED}
        when = {"created_at": at, "updated_at": at}
        self._many(
            session, open_grade, [{"id": new_id(), "taker_id": taker, **where, **when} for taker in _in_order(takers)]
        )

    def _grade_takers(self, session: Session, assignment_id: uuid.UUID, takers: Iterable[Any], at: datetime) -> int:
        """Compute the grades of some takers anew, and return how many could not be: those stay as they are.

        All are locked, in one order, and only then the attempts are read.
        """
        ordered = _in_order(takers)
        of = {"_assignment": assignment_id, "_now": at}
        self._many(session, hold_grade, [{**of, "_taker": taker} for taker in ordered])
        grades = self._computed(session, assignment_id, ordered)
        if grades is None:  # one by one, so that what cannot be read takes nobody else's grade
            each = [self._computed(session, assignment_id, [taker]) for taker in ordered] if len(ordered) > 1 else []
            grades = {taker: values for found in each if found is not None for taker, values in found.items()}
        self._many(session, write_grade, [{**of, "_taker": taker, **values} for taker, values in grades.items()])
        return len(ordered) - len(grades)

    def _computed(
        self, session: Session, assignment_id: uuid.UUID, takers: Sequence[Any]
    ) -> dict[Any, dict[str, Any]] | None:
        """Return what the grades of some takers are; None, and a line in the log, where an attempt cannot be read."""
        of = {"assignment_id": assignment_id, "_takers": list(takers)}
        finished: dict[Any, list[Any]] = {taker: [] for taker in takers}
        try:
            for row in self._run(session, attempts_of, of):
                finished[row.taker_id].append(row)
            return {taker: computed(attempts) for taker, attempts in finished.items()}
        except _UNREADABLE as error:
            if len(takers) == 1:
                _log.error("A grade cannot be computed: assignment=%s error=%s", assignment_id, type(error).__name__)  # fmt: skip
            return None


def _in_order(takers: Iterable[Any]) -> list[Any]:
    """Return takers in the order in which everybody locks their grades; any order would do, if it is always the same."""
    return sorted(takers, key=str)


# What the types of columns and the policy of an attempt raise where a row is damaged; databases raise others.
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
UNGRADED: dict[str, Any] = {"grade": None, "max_grade": 0, "passed": None, "attempts": 0, "needs_grading": False}


def computed(attempts: Iterable[Any]) -> dict[str, Any]:
    """Return the values of a grade from the finished attempts that it is made of, the first one first.

    The last of them says how: a policy that was changed meanwhile holds from the next attempt on, so that the grade
    always follows from the attempts alone. Abandoned ones do not count. What a person must still grade has no share.
    """
    counted = [row for row in attempts if row.state == AttemptState.SUBMITTED]
    if not counted:
        return {f"_{name}": value for name, value in UNGRADED.items()}
    policies = [AttemptPolicy.read(row.policy) for row in counted]
    shares = [None if row.needs_grading else scoring.share_of(row.score, row.max_score) for row in counted]
    newest, scale = policies[-1], policies[-1].scale(counted[-1].max_score)
    earned = scoring.quiz_share(newest.grading_method, shares)
    grade = scoring.grade_of(earned.share, scale)
    return {
        "_grade": grade,
        "_max_grade": scale,
        "_passed": scoring.has_passed(grade, newest.pass_grade, final=earned.final),
        "_attempts": len(counted),
        "_needs_grading": not earned.final,
    }
