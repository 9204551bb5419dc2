"""The result of each section of an attempt."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.lateness import Counted
from quizkit.rules.section_results import SectionScore, SectionSlot, max_scores, section_scores
from quizkit.vocabulary import Counting


def counted(points: str | None, known: str = "0") -> Counted:
    found = None if points is None else Decimal(points)
    return Counted(found, Decimal(known) if found is None else found, kept=False, late=False)


def slot(section: int, result: Counted | None = None, *, counting: Counting = Counting.COUNTS) -> SectionSlot:
    return SectionSlot(section, counting, Decimal(2), result)


def test_extra_credit_counts_in_the_score_but_not_in_the_maximum() -> None:
    slots = [slot(1, counted("2")), slot(1, counted("1"), counting=Counting.EXTRA)]

    assert section_scores(slots)[1].score == 3
    assert max_scores(slots)[1] == 2


def test_ignored_points_count_nowhere() -> None:
    slots = [slot(1, counted("2"), counting=Counting.IGNORED), slot(1, counted(None), counting=Counting.IGNORED)]

    assert section_scores(slots)[1] == SectionScore(Decimal(0), needs_grading=False)
    assert max_scores(slots)[1] == 0


def test_unknown_points_make_only_their_section_wait() -> None:
    found = section_scores([slot(1, counted("1")), slot(2, counted(None, "0.5")), slot(2)])

    assert found[1] == SectionScore(Decimal(1), needs_grading=False)
    assert found[2] == SectionScore(Decimal("0.5"), needs_grading=True)


_RESULTS = st.none() | st.decimals(-3, 3, places=3).map(lambda points: counted(str(points))) | st.just(counted(None))
_SLOTS = st.builds(SectionSlot, st.integers(1, 4), st.sampled_from(Counting), st.just(Decimal(2)), _RESULTS)


@given(st.lists(_SLOTS, max_size=12))
def test_the_scores_of_all_sections_add_up(slots: list[SectionSlot]) -> None:
    whole = section_scores([SectionSlot(1, one.counting, one.max_points, one.counted) for one in slots])
    found = section_scores(slots)

    assert sum(section.score for section in found.values()) == (whole[1].score if whole else 0)
    assert any(section.needs_grading for section in found.values()) == any(
        section.needs_grading for section in whole.values()
    )
    assert set(found) == {one.section for one in slots} == set(max_scores(slots))
