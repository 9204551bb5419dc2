"""Ranking of grades."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

__all__ = ["competition_ranks"]


def competition_ranks(places: Iterable[Hashable], *, higher: int = 0, before: int = 0) -> list[int]:
    """Return the ranks of a page of grades, sorted from the best: 1, 2, 2, 4 (competition ranking).

    Args:
        places: the grades of the page, each with what breaks ties: equal ones share a rank.
        higher: how many grades on earlier pages have a better rank than the first one of the page.
        before: how many grades are on earlier pages.
    """
    ranks: list[int] = []
    rank, last = higher + 1, None
    for position, place in enumerate(places, before + 1):
        if last is not None and place != last:
            rank = position
        ranks.append(rank)
        last = place
    return ranks
