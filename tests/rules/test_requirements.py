"""What must be passed besides the grade."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.requirements import RequiredSlot, Requirement, is_reached, met, requirements_of
from quizkit.vocabulary import Counting

HALF = Fraction(1, 2)


def slot(section: int, *, counting: Counting = Counting.COUNTS, share: Fraction | None = None) -> RequiredSlot:
    return RequiredSlot(section, counting, Decimal(2), share)


def test_a_section_must_earn_its_share_with_all_its_questions_that_count() -> None:
    slots = {1: slot(1), 2: slot(1, counting=Counting.EXTRA), 3: slot(1, counting=Counting.IGNORED), 4: slot(2)}

    assert requirements_of(slots, {1: HALF, 2: None}) == (Requirement((1, 2), Decimal(1)),)


def test_each_question_of_a_slot_must_earn_its_share() -> None:
    slots = {1: slot(1, share=Fraction(1)), 2: slot(1, share=Fraction(1)), 3: slot(1)}

    assert requirements_of(slots, {1: None}) == (Requirement((1,), Decimal(2)), Requirement((2,), Decimal(2)))


def test_all_requirements_must_be_met_and_a_slot_without_a_response_has_no_points() -> None:
    required = (Requirement((1, 2), Decimal(3)), Requirement((3,), Decimal(1)))

    assert met(required, {1: Decimal(1), 2: Decimal(2), 3: Decimal(1)})
    assert not met(required, {1: Decimal(1), 2: Decimal(2)})
    assert not met(required, {2: Decimal(2), 3: Decimal(1)})
    assert met((), {})


def test_three_thirds_reach_the_whole() -> None:
    third = Decimal("0.3333333")

    assert met((Requirement((1, 2, 3), Decimal(1)),), {1: third, 2: third, 3: third})
    assert is_reached(third * 3, Decimal(1), Fraction(1))
    assert not is_reached(Decimal("0.99999"), Decimal(1), Fraction(1))


def test_a_stored_requirement_is_read_back_unchanged() -> None:
    requirement = Requirement((1, 500), Decimal("0.33333"))

    assert Requirement.read(requirement.as_json()) == requirement


@given(
    st.lists(st.decimals(-2, 2, places=4), min_size=1, max_size=8),
    st.fractions(0, 1, max_denominator=12),
)
def test_a_section_is_reached_exactly_when_its_requirement_is_met(points: list[Decimal], share: Fraction) -> None:
    slots = {number: slot(1) for number in range(1, len(points) + 1)}
    required = requirements_of(slots, {1: share})

    score = sum(points, Decimal(0))
    assert met(required, dict(enumerate(points, 1))) == is_reached(score, Decimal(2) * len(points), share)
