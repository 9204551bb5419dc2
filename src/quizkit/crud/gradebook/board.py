"""Which grades a leaderboard is made of, and in which order."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, narrowed, with_host_columns
from quizkit.crud.gradebook import board_statements as statements
from quizkit.crud.gradebook.chosen import assignment_of
from quizkit.crud.gradebook.statements import RETURNED
from quizkit.errors import Invalid, UsageError
from quizkit.rules.ranking import competition_ranks
from quizkit.rules.times import in_utc
from quizkit.schemas import LeaderboardEntry
from quizkit.vocabulary import TieBreak

__all__ = ["Board", "board_of", "window"]


@dataclass(frozen=True, slots=True)
class Board:
    """The grades of a board.

    Attributes:
        of: the parameters with the assignment.
        ties: how equal grades are ranked.
        where: the conditions of the host, and of the window.
        columns: the host's columns that entries also get.
    """

    of: Mapping[str, Any]
    ties: TieBreak
    where: Sequence[Any]
    columns: Columns = ()

    def run(self, work: Work[S], build: Build, values: Mapping[str, Any], *, listed: bool = True) -> CursorResult[Any]:
        """Execute a select of grades; of whole rows, unless they are not `listed`."""
        statement = narrowed(cast("Select[Any]", work.statement(build)), self.where)
        if listed and self.columns:
            statement = statement.add_columns(*host_columns(work.models.quiz_grade, self.columns))
        return work.execute(statement, {**self.of, **values})

    def place(self, row: Any) -> dict[str, Any]:
        """Return the parameters that name the place of a row."""
        return {**statements.place_of(row, self.ties), "id": row.id, "after": row.id}

    def entries(self, rows: Sequence[Any], counts: Any) -> tuple[LeaderboardEntry[Any], ...]:
        """Return consecutive rows with their ranks; `counts` are the rows above and before the first one."""
        ranks = competition_ranks((self.place_key(row) for row in rows), higher=counts.above, before=counts.earlier)
        return tuple(
            with_host_columns(
                LeaderboardEntry(rank=rank, **{name: getattr(row, name) for name in RETURNED}), row, self.columns
            )
            for rank, row in zip(ranks, rows, strict=True)
        )

    def place_key(self, row: Any) -> tuple[Any, ...]:
        """Return what is equal for rows with one rank."""
        return tuple(statements.place_of(row, self.ties).values())


def board_of(
    work: Work[S],
    quiz_id: uuid.UUID | None,
    assignment_id: uuid.UUID | None,
    ties: TieBreak,
    ends: tuple[datetime | None, datetime | None],
    where: Where,
    columns: Columns,
) -> Board:
    """Return the board that the arguments of a verb mean.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: `assignment_needed`.
        Invalid: `moment_range`, `window_order`.
        UsageError: `quiz_or_assignment`, `naive_moment`.
    """
    conditions = window(work, *ends, where)
    return Board({"assignment_id": assignment_of(work, quiz_id, assignment_id)}, ties, conditions, columns)


def window(work: Work[S], since: datetime | None, until: datetime | None, where: Where) -> list[Any]:
    """Return the conditions of the host, and those that grades were reached in since <= time < until.

    Raises:
        UsageError: `naive_moment`: a time has no time zone.
        Invalid: `moment_range`; `window_order`: since is not before until.
    """
    first, end = _moment("since", since), _moment("until", until)
    if first is not None and end is not None and first >= end:
        raise Invalid("window_order", "The window must satisfy since < until")
    reached = work.models.table(work.models.quiz_grade).c.reached_at
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(reached >= first)
    if end is not None:
        conditions.append(reached < end)
    return [*where, *conditions]


def _moment(name: str, moment: datetime | None) -> datetime | None:
    if moment is not None and moment.utcoffset() is None:
        raise UsageError("naive_moment", f"The argument {name} has no time zone: use datetime.now(UTC)")
    return None if moment is None else in_utc(moment)
