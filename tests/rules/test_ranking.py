from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.ranking import competition_ranks


def ranks(*grades: int, **before: int) -> list[int]:
    return competition_ranks([Decimal(one) for one in grades], **before)


def test_equal_grades_share_a_rank_and_the_next_ranks_are_skipped() -> None:
    assert ranks(9, 7, 7, 4) == [1, 2, 2, 4]
    assert ranks(7, 7) == [1, 1]
    assert ranks() == []


def test_a_page_continues_after_the_previous_one() -> None:
    assert ranks(7, 4, higher=1, before=2) == [2, 4]
    assert ranks(6, 6, higher=3, before=3) == [4, 4]


@given(st.lists(st.integers(0, 5)), st.integers(0, 30))
def test_the_ranks_do_not_depend_on_the_page_size(grades: list[int], at: int) -> None:
    grades.sort(reverse=True)
    later = grades[at:]
    higher = sum(one > later[0] for one in grades) if later else 0

    whole = ranks(*grades)
    assert whole == [1 + sum(one > grade for one in grades) for grade in grades]
    assert ranks(*later, higher=higher, before=len(grades[:at])) == whole[at:]
