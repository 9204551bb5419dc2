"""How a paper is cut into pages, and which way one may turn them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Place", "may_turn", "pages_of", "reachable_pages"]


class Place(NamedTuple):
    """Where a question of a paper comes from: its section, and how many questions of that are on a page."""

    section: int
    per_page: int | None


def pages_of(paper: Iterable[Place]) -> list[int]:
    """Return the page of each question, from 1: a section begins a page, and so does each `per_page`-th question."""
    pages: list[int] = []
    section: int | None = None
    page = on_page = 0
    for place in paper:
        if place.section != section or (place.per_page is not None and on_page >= place.per_page):
            page, on_page, section = page + 1, 0, place.section
        on_page += 1
        pages.append(page)
    return pages


def may_turn(sequential: Sequence[bool], current: int, to: int) -> bool:
    """Return whether one may turn from a page to another; `sequential` says for each page, from 1, what it is.

    The next page always. Any other only if there is no sequential page on the way, the two included: a sequential
    page is left for good.
    """
    if not 1 <= to <= len(sequential):
        return False
    return to == current or to == current + 1 or not any(_between(sequential, current, to))


def reachable_pages(sequential: Sequence[bool], page: int) -> tuple[int, int]:
    """Return the first and the last of the pages on which the questions of `page` may be seen and answered.

    A sequential page only while one is on it; a free one from every page that one may turn from and back.
    """
    low = high = page
    if sequential[page - 1]:
        return low, high
    while low > 1 and not sequential[low - 2]:
        low -= 1
    while high < len(sequential) and not sequential[high]:
        high += 1
    return low, high


def _between(sequential: Sequence[bool], one: int, other: int) -> Sequence[bool]:
    return sequential[min(one, other) - 1 : max(one, other)]
