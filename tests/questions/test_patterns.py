"""The cost of authors' patterns is estimated before they are compiled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from quizkit.questions import ShortAnswer, TextAnswer, TextMatch
from quizkit.questions._patterns import MAX_WEIGHT, MAX_WEIGHTS, _kept_heavy, _kept_light, refuse_pattern, weight

WORD = weight(r"\w")
LARGE = [r"\w", r"\W", r"\p{L}", r"\P{L}", r"\pL", r"[\w]", r"[^\w-]", r"[]\w]", r"[^]\w]", r"[[:alpha:]\w]", r"[a&&[\w]]", r"(\w)", r"(?:\w)", r"(?P<x>\w)", r"(?i:\w)", r"\b\w", r"\(\w", r"[(]\w"]  # fmt: skip


@pytest.mark.parametrize("part", LARGE)
@pytest.mark.parametrize(
    ("again", "times"), [("{9}", 9), ("{0,9}", 9), ("{9,9}", 9), ("{8,}", 9), ("{3}{3}", 9), ("+", 1), ("*?", 1)]
)
def test_a_repeated_part_is_weighed_by_its_repetitions(part: str, again: str, times: int) -> None:
    whole = weight(f"{part}{again}")
    assert whole >= times * WORD
    assert whole <= (times + 1) * (weight(part) + 20)


@given(st.text("ab\\\\wdsp{}[](|)*+?.^-,0123456789x:<>P#& ", max_size=60))
def test_any_text_has_a_weight(pattern: str) -> None:
    assert weight(pattern) >= 0
    assert weight(f"(?:{pattern})") >= 0


@pytest.mark.parametrize(
    "pattern",
    [
        r"gr[ae]y\d*",
        r"\w+@\w+",
        r"\d{1,3}(,\d{3})*",
        r"\w{1,10}",
        r"[a-z]{1,500}",
        r".{0,500}",
        r"(?i)(paris|london|rome)",
    ],
)
def test_typical_patterns_are_within_the_weight_limit(pattern: str) -> None:
    assert weight(pattern) <= MAX_WEIGHT


def test_a_pattern_is_refused_by_its_weight_before_it_is_compiled() -> None:
    """Even if the engine would compile it."""
    refuse_pattern(f"a{{{MAX_WEIGHT}}}", case_sensitive=True)
    with pytest.raises(PydanticCustomError) as refused:
        refuse_pattern(f"a{{{MAX_WEIGHT + 1}}}", case_sensitive=True)

    assert refused.value.type == "pattern_invalid"


def test_all_patterns_of_a_question_together_are_bounded() -> None:
    most = MAX_WEIGHTS // weight(r"\w{1,10}")

    def asked(count: int) -> ShortAnswer:
        answers = [TextAnswer(text=rf"\w{{1,10}}|{n}", match=TextMatch.PATTERN, example="a") for n in range(count)]
        return ShortAnswer(content="?", answers=answers)

    assert len(asked(most - 1).answers) == most - 1
    with pytest.raises(ValidationError, match="pattern_invalid"):
        asked(most + 2)


def test_the_cache_of_patterns_is_bounded_by_its_content() -> None:
    light, heavy = _kept_light.cache_info().maxsize, _kept_heavy.cache_info().maxsize

    assert light is not None
    assert heavy is not None
    assert light * 500 * 100 + heavy * MAX_WEIGHT * 100 <= 100_000_000
