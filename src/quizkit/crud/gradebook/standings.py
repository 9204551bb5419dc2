"""The sums of takers' grades over several assignments, from best to worst."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import narrowed
from quizkit.crud._core.paging import LIMIT, after_unknown, refuse_limit
from quizkit.crud.gradebook import board_statements as statements
from quizkit.crud.gradebook import sum_statements as sums
from quizkit.errors import Invalid
from quizkit.rules.ranking import competition_ranks
from quizkit.schemas import Page, Standing
from quizkit.vocabulary import TieBreak

__all__ = ["standings"]

MAX_ASSIGNMENTS: Final = 50


def standings(
    work: Work[S],
    assignment_ids: Sequence[uuid.UUID],
    ties: TieBreak,
    where: Sequence[Any],
    after: uuid.UUID | None,
    limit: int,
) -> Page[Standing[S]]:
    """Return a page of the sums of grades.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`, `assignment_count`.
    """
    refuse_limit(limit)
    if not 1 <= len(assignment_ids) <= MAX_ASSIGNMENTS:
        raise Invalid("assignment_count", f"1 to {MAX_ASSIGNMENTS} assignments are allowed", most=MAX_ASSIGNMENTS)
    grades = narrowed(sums.grades(work.models), where)
    of: dict[str, Any] = {"__assignments": list(dict.fromkeys(assignment_ids))}
    totals = sums.totals(grades, work.dialect.name).subquery("totals")
    listed = sums.listed(totals)
    if after is not None:
        last = work.execute(sums.total_with(grades, work.dialect.name), {**of, "id": after}).one_or_none()
        if last is None:
            raise after_unknown()
        listed = listed.where(statements.later(totals.c, ties))
        of |= {**statements.place_of(last, ties), "after": last.id}
    listed = listed.order_by(*statements.best_first(totals.c, ties)).limit(LIMIT)
    found = work.execute(listed, {**of, "limit": limit + 1}).all()
    rows = found[:limit]
    ranks: list[int] = []
    if rows:
        here = {**of, **statements.place_of(rows[0], ties), "id": rows[0].id}
        counts = work.execute(statements.counted(totals, totals.c, ties), here).one()
        keys = (tuple(statements.place_of(row, ties).values()) for row in rows)
        ranks = competition_ranks(keys, higher=counts.above, before=counts.earlier)
    return Page(
        items=tuple(_standing(row, rank) for row, rank in zip(rows, ranks, strict=True)),
        next_after=rows[-1].id if len(found) > limit else None,
    )


def _standing(row: Any, rank: int) -> Standing[Any]:
    return Standing(rank=rank, **{name: getattr(row, name) for name in sums.NAMES})
