"""Ranking of grades."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

__all__ = ["competition_ranks"]


def competition_ranks(grades: Iterable[Decimal], *, higher: int = 0, before: int = 0) -> list[int]:
    """Return the ranks of a page of grades, sorted from the best: 1, 2, 2, 4 (competition ranking).

    Args:
        grades: the grades of the page.
        higher: how many grades on earlier pages are higher than the first one of the page.
        before: how many grades are on earlier pages.
    """
    ranks: list[int] = []
    rank, last = higher + 1, None
    for position, grade in enumerate(grades, before + 1):
        if last is not None and grade != last:
            rank = position
        ranks.append(rank)
        last = grade
    return ranks
