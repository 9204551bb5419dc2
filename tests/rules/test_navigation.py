from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.navigation import Place, Reach, may_turn, pages_of, reachable_pages


def test_a_page_begins_with_each_section_and_when_the_page_before_is_full() -> None:
    paper = [Place(1, 2)] * 5 + [Place(2, None)] * 3 + [Place(3, 1)] * 2

    assert pages_of(paper) == [1, 1, 2, 2, 3, 4, 4, 4, 5, 6]


def test_a_paper_without_questions_has_no_pages() -> None:
    assert pages_of([]) == []


FREE, WAY = False, True


@pytest.mark.parametrize(
    ("pages", "current", "to", "allowed"),
    [
        ([FREE, FREE, FREE], 1, 3, True),
        ([FREE, FREE, FREE], 3, 1, True),
        ([FREE, FREE, FREE], 3, 4, False),
        ([FREE, FREE, FREE], 1, 0, False),
        ([WAY, WAY, WAY], 1, 2, True),
        ([WAY, WAY, WAY], 1, 1, True),
        ([WAY, WAY, WAY], 2, 1, False),
        ([WAY, WAY, WAY], 1, 3, False),
        ([FREE, WAY, FREE], 1, 2, True),
        ([FREE, WAY, FREE], 2, 1, False),
        ([FREE, WAY, FREE], 1, 3, False),
        ([FREE, WAY, FREE], 3, 1, False),
        ([WAY, FREE, FREE], 1, 3, False),
        ([WAY, FREE, FREE], 2, 3, True),
        ([WAY, FREE, FREE], 3, 2, True),
        ([WAY, FREE, FREE], 2, 1, False),
    ],
)
def test_the_pages_that_a_taker_may_turn_to(pages: list[bool], current: int, to: int, allowed: bool) -> None:
    assert may_turn(pages, current, to) is allowed


@pytest.mark.parametrize(
    ("pages", "page", "expected"),
    [
        ([FREE, FREE, FREE], 2, (1, 3)),
        ([WAY, WAY, WAY], 2, (2, 2)),
        ([FREE, FREE, WAY, FREE], 1, (1, 2)),
        ([FREE, FREE, WAY, FREE], 4, (4, 4)),
    ],
)
def test_the_pages_from_which_a_question_may_be_answered(
    pages: list[bool], page: int, expected: tuple[int, int]
) -> None:
    assert reachable_pages(pages, page) == expected


PAGES = st.lists(st.booleans(), min_size=1, max_size=8)


@given(PAGES, st.data())
def test_a_page_can_be_answered_from_every_page_that_leads_to_it_and_back(
    pages: list[bool], data: st.DataObject
) -> None:
    page = data.draw(st.integers(1, len(pages)))
    low, high = reachable_pages(pages, page)
    for current in range(1, len(pages) + 1):
        around = current == page or not any(pages[min(page, current) - 1 : max(page, current)])
        assert (low <= current <= high) == around


@given(PAGES)
def test_every_page_is_reachable_by_turning_to_the_next_one(pages: list[bool]) -> None:
    assert all(may_turn(pages, page, page + 1) for page in range(1, len(pages)))


@given(PAGES, st.lists(st.integers(1, 8), max_size=20))
def test_a_sequential_page_is_never_shown_again_after_it_was_left(pages: list[bool], turns: list[int]) -> None:
    current, left = 1, set()
    for to in turns:
        if to <= len(pages) and may_turn(pages, current, to):
            if to != current and pages[current - 1]:
                left.add(current)
            current = to
            assert current not in left
            assert not any(
                reachable_pages(pages, page)[0] <= current <= reachable_pages(pages, page)[1] for page in left
            )


@pytest.mark.parametrize(
    ("page", "within", "after"), [(1, False, False), (2, True, True), (3, True, True), (4, False, True)]
)
def test_a_question_is_answered_on_its_pages_and_visible_again_after_finishing(
    page: int, within: bool, after: bool
) -> None:
    reach = Reach(2, 3)

    assert reach.within(page) is within
    assert reach.is_seen(page, finished=False) is within
    assert reach.is_seen(page, finished=True) is after
