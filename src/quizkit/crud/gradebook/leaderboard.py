"""The grades of an assignment with their ranks, from best to worst."""

from __future__ import annotations

import uuid
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import after_unknown, refuse_limit
from quizkit.crud.gradebook import board_statements as statements
from quizkit.crud.gradebook.board import Board
from quizkit.schemas import LeaderboardEntry, Page

__all__ = ["leaderboard"]


def leaderboard(work: Work[S], board: Board, after: uuid.UUID | None, limit: int) -> Page[LeaderboardEntry[S]]:
    """Return a page of a board.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    build, start = statements.BEST[board.ties], {}
    if after is not None:
        last = work.first(statements.grade, {**board.of, "id": after})
        if last is None or last.grade is None:
            raise after_unknown()
        build, start = statements.BEST_AFTER[board.ties], board.place(last)
    found = board.run(work, build, {**start, "limit": limit + 1}).all()
    rows = found[:limit]
    entries: tuple[LeaderboardEntry[Any], ...] = ()
    if rows:
        counts = board.run(work, statements.COUNTS_BEFORE[board.ties], board.place(rows[0]), listed=False).one()
        entries = board.entries(rows, counts)
    return Page(items=entries, next_after=rows[-1].id if len(found) > limit else None)
