"""Dividing a paper into pages, and moving between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

__all__ = ["ANYWHERE", "Place", "Reach", "may_turn", "pages_of", "reachable_pages"]


class Place(NamedTuple):
    """The section of a question on a paper, and the number of questions on a page of this section."""

    section: int
    per_page: int | None


class Reach(NamedTuple):
    """The first and the last page from which a question can be seen and answered."""

    first: int
    last: int

    def within(self, page: int) -> bool:
        """Return whether the question can be seen and answered from a page."""
        return self.first <= page <= self.last

    def is_seen(self, page: int, *, finished: bool) -> bool:
        """Return whether a taker sees the question from their page; after finishing, also from pages they left."""
        return self.first <= page if finished else self.within(page)


ANYWHERE: Final = Reach(1, 2**15 - 1)
"""All pages. On a paper without sequential sections, every question may be answered from any page."""


def pages_of(paper: Iterable[Place]) -> list[int]:
    """Return the page of each question, from 1: a new page begins with each section, and after `per_page` questions."""
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
    """Return whether a taker may go from one page to another; `sequential` has an entry for each page.

    The next page is always allowed. Any other page is allowed only if no page from one to the other, both included, is
    sequential: a taker cannot go back to a sequential page.
    """
    if not 1 <= to <= len(sequential):
        return False
    return to == current or to == current + 1 or not any(_between(sequential, current, to))


def reachable_pages(sequential: Sequence[bool], page: int) -> Reach:
    """Return the first and the last page whose questions can be seen and answered from `page`.

    Of a sequential page that is only the page itself; of a free page it is the whole run of free pages around it.
    """
    low = high = page
    if sequential[page - 1]:
        return Reach(low, high)
    while low > 1 and not sequential[low - 2]:
        low -= 1
    while high < len(sequential) and not sequential[high]:
        high += 1
    return Reach(low, high)


def _between(sequential: Sequence[bool], one: int, other: int) -> Sequence[bool]:
    return sequential[min(one, other) - 1 : max(one, other)]
