"""The grades of an assignment with their ranks, the best first."""

from __future__ import annotations

import uuid
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit
from quizkit.crud.gradebook import statements
from quizkit.errors import NotFound
from quizkit.rules.ranking import competition_ranks
from quizkit.schemas import LeaderboardEntry, Page

__all__ = ["leaderboard"]


def leaderboard(
    work: Work[S], assignment_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> Page[LeaderboardEntry[S]]:
    """Return a page of the board of an assignment.

    Raises:
        NotFound: `grade_not_found`.
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    of: dict[str, Any] = {"assignment_id": assignment_id}
    build, past = statements.best, {}
    if after is not None:
        last = work.first(statements.grade, {**of, "id": after})
        if last is None or last.grade is None:
            raise NotFound("grade_not_found", "There is no such grade")
        build, past = statements.best_after, {"_grade": last.grade, "after": after}
    found = work.run(build, {**of, **past, "limit": limit + 1}).all()
    shown = found[:limit]
    entries: list[LeaderboardEntry[Any]] = []
    if shown:
        counts = work.run(statements.counts_before, {**of, "_grade": shown[0].grade, "id": shown[0].id}).one()
        ranks = competition_ranks((row.grade for row in shown), higher=counts.above, before=counts.earlier)
        entries = [LeaderboardEntry(rank=rank, **_shown(row)) for rank, row in zip(ranks, shown, strict=True)]
    return Page(items=tuple(entries), next_after=shown[-1].id if len(found) > limit else None)


def _shown(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in statements.RETURNED}
