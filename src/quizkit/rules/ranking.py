"""Ranks of grades."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

__all__ = ["competition_ranks"]


def competition_ranks(grades: Iterable[Decimal], *, higher: int = 0, before: int = 0) -> list[int]:
    """Return the ranks of a page of grades that are ordered, the best first: 1, 2, 2, 4 (competition ranking).

    Args:
        grades: those of the page.
        higher: how many grades on the pages before are higher than its first one.
        before: how many grades are on the pages before.
    """
    ranks: list[int] = []
    rank, last = higher + 1, None
    for position, grade in enumerate(grades, before + 1):
        if last is not None and grade != last:
            rank = position
        ranks.append(rank)
        last = grade
    return ranks
