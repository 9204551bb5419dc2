from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.questions import Essay, EssayResponse
from quizkit.questions._words import count_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n\u3000", 0),
        ("two words", 2),
        ("na\u00efve caf\u00e9", 2),
        ("don\u2019t \u2013 stop", 3),
        ("\u4f60\u597d\u4e16\u754c", 4),
        ("\u4f60\u597d\uff0c\u4e16\u754c\u3002", 4),
        ("\u6211\u7528 Python 3.11 \u5199", 5),
        ("\u6211\u7528Python\u5199", 4),
        ("\u3072\u3089\u304c\u306a\u30ab\u30bf\u30ab\u30ca", 8),
        ("\uff76\uff80\uff76\uff85", 4),
        ("\ud55c\uad6d\uc5b4 \ubb38\uc7a5", 2),
        ("\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u200b\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01", 2),
        ("\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", 2),
        ("\U00020000\U00020001", 2),
    ],
)
def test_words_are_counted_in_scripts_with_and_without_spaces(text: str, words: int) -> None:
    assert count_words(text) == words


@given(st.text("ab \n,.-", max_size=50))
def test_in_plain_text_words_are_what_is_between_spaces(text: str) -> None:
    assert count_words(text) == len(text.split())
    assert count_words(f"{text} \u00e9") == len(text.split()) + 1


def test_a_limit_of_words_holds_in_chinese() -> None:
    essay = Essay(content="?", min_words=3, max_words=5)

    assert [problem.code for problem in essay.problems(EssayResponse(text="\u6587" * 6))] == ["too_many_words"]
    assert essay.problems(EssayResponse(text="\u6587" * 5)) == ()
    inputs = essay.mark(EssayResponse(text="\u6587\u6587")).trace.inputs
    assert (inputs["words"], inputs["too_few_words"]) == (2, True)
