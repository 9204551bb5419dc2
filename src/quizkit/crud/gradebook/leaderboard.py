"""The grades of an assignment with their ranks, from best to worst."""

from __future__ import annotations

import uuid
from typing import Any, cast

from sqlalchemy import CursorResult, Select

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, narrowed, with_host_columns
from quizkit.crud._core.paging import after_unknown, refuse_limit
from quizkit.crud.gradebook import statements
from quizkit.rules.ranking import competition_ranks
from quizkit.schemas import LeaderboardEntry, Page

__all__ = ["leaderboard"]


def leaderboard(
    work: Work[S], assignment_id: uuid.UUID, where: Where, after: uuid.UUID | None, limit: int, columns: Columns
) -> Page[LeaderboardEntry[S]]:
    """Return a page of an assignment's leaderboard.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    params: dict[str, Any] = {"assignment_id": assignment_id}
    build, start = statements.best, {}
    if after is not None:
        last = work.first(statements.grade, {**params, "id": after})
        if last is None or last.grade is None:
            raise after_unknown()
        build, start = statements.best_after, {"__grade": last.grade, "after": after}
    found = _run(work, build, {**params, **start, "limit": limit + 1}, where, columns).all()
    rows = found[:limit]
    entries: list[LeaderboardEntry[Any]] = []
    if rows:
        first = {**params, "__grade": rows[0].grade, "id": rows[0].id}
        counts = _run(work, statements.counts_before, first, where).one()
        ranks = competition_ranks((row.grade for row in rows), higher=counts.above, before=counts.earlier)
        entries = [
            with_host_columns(LeaderboardEntry(rank=rank, **_returned(row)), row, columns)
            for rank, row in zip(ranks, rows, strict=True)
        ]
    return Page(items=tuple(entries), next_after=rows[-1].id if len(found) > limit else None)


def _run(work: Work[S], build: Build, values: dict[str, Any], where: Where, columns: Columns = ()) -> CursorResult[Any]:
    """Execute a select of grades with the host's conditions and columns added."""
    statement = narrowed(cast("Select[Any]", work.statement(build)), where)
    if columns:
        statement = statement.add_columns(*host_columns(work.models.quiz_grade, columns))
    return work.execute(statement, values)


def _returned(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in statements.RETURNED}
