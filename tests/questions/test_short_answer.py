from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import (
    Fold,
    GradeState,
    ShortAnswer,
    ShortAnswerResponse,
    Text,
    TextAnswer,
    TextMatch,
    lint,
    score_table,
)
from quizkit.questions._text import literals, wildcard_matches
from quizkit.testing import check_question


def earns(answers: list[str | TextAnswer], typed: str, **settings: Any) -> str:
    made = [TextAnswer(text=answer) if isinstance(answer, str) else answer for answer in answers]
    question = ShortAnswer(content="?", answers=made, **settings)
    return str(question.mark(ShortAnswerResponse(text=typed)).fraction)


DANUBE = ShortAnswer(
    content="Which river flows through Vienna?",
    answers=[
        TextAnswer(text="Danube"),
        TextAnswer(text="Donau", weight="1/2", feedback="In German, yes."),
        TextAnswer(text="*nube", weight="0.25"),
        TextAnswer(text="Rhine", weight="-0.5"),
    ],
)


def test_it_satisfies_the_contract_of_question_types() -> None:
    twin = ShortAnswer(content=DANUBE.content, answers=[TextAnswer(text="Moldau")])

    check_question(DANUBE, wrong={"text": "Rhine"}, twin=twin)


@pytest.mark.parametrize(
    ("pattern", "typed", "matches"),
    [
        # Moodle's own tests of compare_string_with_wildcard
        ("frog", "frog", True),
        ("frog", "Frog", True),
        ("frog", "fro", False),
        ("f*g", "fog", True),
        ("F*og", "Fog", True),
        ("F*og", "Fg", False),
        ("f*g", "fg", True),
        ("*", "anything at all", True),
        (r"5\*6", "5*6", True),
        (r"5\*6", "5xx6", False),
        ("a**b", "a-b", True),
        ("départ", "DÉPART", True),
        ("depart", "départ", False),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "acb", False),
        ("*b*b*", "b", False),
        ("ab*ba", "aba", False),
        ("  padded  ", "padded", True),
        ("two words", "two  words", False),
        ("a.c", "abc", False),
        ("(a|b)+", "a", False),
        ("first*", "first\nsecond", True),
        ("word", "word\n", True),
        ("e\u0301t\u00e9", "\u00e9te\u0301", True),
    ],
)
def test_wildcards_match_as_in_moodle(pattern: str, typed: str, matches: bool) -> None:
    assert earns([pattern], typed, fold=[]) == ("1" if matches else "0")


def test_case_matters_only_if_the_author_asks_for_it() -> None:
    assert earns(["Frog"], "frog", case_sensitive=True) == "0"
    assert earns(["Frog"], "Frog", case_sensitive=True) == "1"
    assert earns(["Straße"], "STRASSE") == "1"
    assert earns(["ΟΔΟΣ"], "οδος") == "1"


@pytest.mark.parametrize(
    ("typed", "fraction"), [("Danube", "1"), ("donau", "1/2"), ("Old nube", "1/4"), ("rhine", "-1/2"), ("Po", "0")]
)
def test_the_first_answer_that_matches_decides(typed: str, fraction: str) -> None:
    assert str(DANUBE.mark(ShortAnswerResponse(text=typed)).fraction) == fraction


def test_the_trace_and_the_feedback_name_the_answer_that_matched() -> None:
    grade = DANUBE.mark(ShortAnswerResponse(text=" Donau "))

    assert grade.trace.as_dict() == {
        "rule": "first_match",
        "inputs": {"typed": " Donau ", "matched": "Donau", "by": "wildcard"},
        "raw": "1/2",
    }
    assert grade.feedback == (Text(text="In German, yes."),)
    assert grade.state is GradeState.PARTLY


@pytest.mark.parametrize(
    ("fold", "accepted", "typed"),
    [
        (Fold.QUOTES, "don't", "don\u2019t"),
        (Fold.QUOTES, 'say "no"', "say \u201eno\u201c"),
        (Fold.DASHES, "well-known", "well\u2013known"),
        (Fold.SPACES, "two words", "two \t\u00a0 words"),
        (Fold.WIDTH, "x1", "\uff58\uff11"),
        (Fold.DIACRITICS, "depart", "départ"),
        (Fold.DIACRITICS, "Ångström", "Angstrom"),
    ],
)
def test_a_difference_is_ignored_only_when_the_author_chose_so(fold: Fold, accepted: str, typed: str) -> None:
    assert earns([accepted], typed, fold=[]) == "0"
    assert earns([accepted], typed, fold=[fold]) == "1"
    assert earns([accepted], typed, fold=set(Fold) - {fold}) == "0"


def test_folding_applies_next_to_a_wildcard() -> None:
    assert earns(["the  river *"], "the river Rhine", fold=[Fold.SPACES]) == "1"
    assert earns(["don't *"], "don\u2019t know", fold=[Fold.QUOTES]) == "1"


def pattern(text: str, example: str) -> TextAnswer:
    return TextAnswer(text=text, match=TextMatch.PATTERN, example=example)


@pytest.mark.parametrize(
    ("regex", "example", "typed", "matches"),
    [
        ("gr[ae]y", "grey", "gray", True),
        ("gr[ae]y", "grey", "GRAY", True),
        ("gr[ae]y", "grey", "grayish", False),
        ("gr[ae]y", "grey", "a gray", False),
        ("a|b", "a", "b", True),
        ("a|b", "a", "ax", False),
        ("a|b", "a", "xb", False),
        (r"\d{4}", "1989", "1989\n", True),
        (r"(?s)a.*b", "ab", "a\nb", True),
    ],
)
def test_a_pattern_must_match_the_whole_response(regex: str, example: str, typed: str, matches: bool) -> None:
    assert earns([pattern(regex, example)], typed) == ("1" if matches else "0")


@pytest.mark.parametrize(
    ("regex", "example", "code"),
    [
        ("a)|(b", "a", "pattern_invalid"),
        ("(", "a", "pattern_invalid"),
        (r"(a)\1", "aa", "pattern_invalid"),
        ("(?=a)", "a", "pattern_invalid"),
        ("(?x)a #", "a", "pattern_invalid"),
        ("((((a{50}){50}){50}){50})", "a", "pattern_invalid"),
        (r"\w{100}", "a" * 100, "pattern_invalid"),
        (r"(?:[]x\w]{4}){4}", "a" * 16, "pattern_invalid"),
        (r"(?x) \w # a word", "a", "pattern_invalid"),
        ("a" * 501, "a", "pattern_length"),
        ("b", "a", "example_mismatch"),
    ],
)
def test_an_invalid_pattern_raises_invalid(regex: str, example: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ShortAnswer(content="?", answers=[pattern(regex, example)])

    assert {error["type"] for error in refused.value.errors()} == {code}


def test_a_pattern_needs_an_example_and_other_matches_have_none() -> None:
    with pytest.raises(ValidationError, match="example_missing"):
        TextAnswer(text="a", match=TextMatch.PATTERN)
    with pytest.raises(ValidationError, match="example_needless"):
        TextAnswer(text="a", example="a")


@pytest.mark.parametrize("regex", [r"(a+)+b", r"(a|a)*b", r"(.*)*x", r"([a-z]+)*\d"])
def test_no_pattern_takes_more_than_linear_time(regex: str) -> None:
    example = {"(a+)+b": "ab", "(a|a)*b": "b", "(.*)*x": "x"}.get(regex, "a1")
    question = ShortAnswer(content="?", answers=[pattern(regex, example)])

    # A backtracking engine would not terminate on this.
    assert question.mark(ShortAnswerResponse(text="a" * 900 + "!")).fraction == 0


def test_an_exact_answer_matches_a_star_literally() -> None:
    answer = TextAnswer(text="5*6", match=TextMatch.EXACT)

    assert earns([answer], "5*6") == "1"
    assert earns([answer], "5xx6") == "0"


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=8))
def test_wildcards_match_like_the_equivalent_regular_expression(pieces: list[str], text: str) -> None:
    import re

    expected = re.fullmatch(".*".join(map(re.escape, pieces)), text, re.DOTALL) is not None

    assert wildcard_matches(pieces, text) is expected


def test_an_escaped_star_is_a_literal_character() -> None:
    assert literals(r"a\*b*c**d") == ["a*b", "c", "d"]


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_white_space_is_a_blank_response(blank: str) -> None:
    assert DANUBE.mark(ShortAnswerResponse(text=blank)).state is GradeState.NOT_ANSWERED


@pytest.mark.parametrize(
    "malformed",
    [{"text": 7}, {"text": None}, {"answer": "x"}, {"text": "a\0b"}, {"text": "\ud800"}, {"text": "x" * 1001}],
)
def test_a_malformed_response_is_refused(malformed: object) -> None:
    with pytest.raises(Invalid):
        DANUBE.read(malformed)


def test_the_typed_text_is_stored_without_changes() -> None:
    assert DANUBE.read({"text": "  Donau "}) == ShortAnswerResponse(text="  Donau ")


def test_the_score_table_has_every_weight() -> None:
    assert [str(row.fraction) for row in score_table(DANUBE).rows] == ["1", "1/2", "1/4", "0", "-1/2"]


def test_bounds_and_expected_guess_follow_the_weights() -> None:
    catch_all = ShortAnswer(content="?", answers=[TextAnswer(text="a"), TextAnswer(text="*", weight="0.1")])

    assert tuple(map(str, DANUBE.bounds())) == ("-1/2", "1")
    assert str(catch_all.guess_score()) == "1/10"
    assert DANUBE.guess_score() == 0


@pytest.mark.parametrize(
    "text", ["<b>Paris</b>", "Paris<br>", "Paris&nbsp;", "&#233;", "**Paris**", "`x`", r"\frac{1}{2}", "$x^2$"]
)
def test_lint_reports_an_answer_that_contains_markup(text: str) -> None:
    question = ShortAnswer(content="?", answers=[TextAnswer(text="Paris"), TextAnswer(text=text)])

    assert ("answer_markup", "answers.1") in {(found.code, found.path) for found in lint(question)}


@pytest.mark.parametrize("text", ["a < b", "x > y", "A&B", "R&D;", "5 $", r"5\*6", "a*b*c", "it's"])
def test_lint_takes_no_plain_answer_for_markup(text: str) -> None:
    question = ShortAnswer(content="?", answers=[TextAnswer(text=text)])

    assert "answer_markup" not in {found.code for found in lint(question)}


def test_lint_reports_unreachable_answers() -> None:
    question = ShortAnswer(content="?", answers=[TextAnswer(text="*", weight="0.5"), TextAnswer(text="Rhine")])

    assert [(found.code, found.path) for found in lint(question)] == [
        ("unreachable_answer", "answers.1"),
        ("no_full_answer", "answers"),
    ]
    assert question.key() is None


def test_a_response_has_the_class_of_the_answer_that_matched() -> None:
    assert [c.label for c in DANUBE.classes(ShortAnswerResponse(text="donau"))] == ["Donau"]
    assert [c.label for c in DANUBE.classes(ShortAnswerResponse(text="Po"))] == [""]
    assert DANUBE.summarise(ShortAnswerResponse(text=" the\n Po ")) == "the Po"


def texts(*made: tuple[str, str], **settings: Any) -> ShortAnswer:
    answers = [TextAnswer(text=text, weight=weight) for text, weight in made]
    return ShortAnswer(content="?", answers=answers, **settings)


@pytest.mark.parametrize(
    "question",
    [
        texts(("Danube", "1/2"), ("Danube*", "1")),
        texts(("abc", "1/2"), ("a*b*c", "1")),
        texts(("x", "1/2"), ("*", "1")),
        texts(("the river *", "1")),
        texts(("a\u2026", "1/2"), ("a", "1/2"), ("a*", "1")),
        texts((f"e{chr(0x301) * 20}*{chr(0x301) * 20}", "1")),
        ShortAnswer(
            content="?",
            answers=[
                TextAnswer(text=r"a\S*b\S+c|a.?b.?c", weight="1/2", match=TextMatch.PATTERN, example="abc"),
                TextAnswer(text="a*b*c"),
            ],
        ),
    ],
    ids=lambda question: question.answers[-1].text,
)
def test_a_wildcard_partly_covered_by_earlier_answers_is_reachable(question: ShortAnswer) -> None:
    key = question.key()

    assert key is not None
    assert question.mark(key).fraction == 1
    assert not {"unreachable_answer", "no_full_answer"} & {found.code for found in lint(question)}
    assert score_table(question).rows[0].fraction == 1


def test_the_key_is_the_literal_text_if_that_earns_full_points() -> None:
    key = texts(("Danube*", "1"), ("Rhine", "1")).key()

    assert key == ShortAnswerResponse(text="Danube")
    assert texts(("Danube", "1/2"), ("Danube*", "1"), ("Rhine", "1")).key() == ShortAnswerResponse(text="Rhine")


@pytest.mark.parametrize(
    "answer",
    [
        TextAnswer(text=" ", match=TextMatch.EXACT),
        TextAnswer(text=" "),
        TextAnswer(text=r"\s*", match=TextMatch.PATTERN, example=" "),
    ],
    ids=lambda answer: answer.match.value,
)
def test_text_that_cannot_be_typed_is_not_a_key(answer: TextAnswer) -> None:
    question = ShortAnswer(content="?", answers=[answer])

    assert question.key() is None
    assert [found.code for found in lint(question)] == ["unreachable_answer", "no_full_answer"]


def test_a_literal_star_is_not_an_expected_guess() -> None:
    star = ShortAnswer(content="?", answers=[TextAnswer(text="*", match=TextMatch.EXACT)])

    assert star.guess_score() == 0
    assert texts(("**", "1/4")).guess_score() == Fraction(1, 4)


SHORT = ["".join(letters) for size in range(1, 5) for letters in itertools.product("abc ", repeat=size)]
ANSWERS = st.builds(
    TextAnswer,
    text=st.text("ab* ", min_size=1, max_size=4),
    weight=st.sampled_from(["1", "0.9999999", "1/2", "0"]),
    match=st.sampled_from([TextMatch.WILDCARD, TextMatch.EXACT]),
)
PATTERNS = st.sampled_from(
    [pattern("a.*", "ab"), pattern("[ab ]+", "a"), pattern(r"\w*", "a").model_copy(update={"weight": Fraction(1, 2)})]
)
FOLDS = st.frozensets(st.sampled_from(Fold))


@given(st.lists(ANSWERS, min_size=1, max_size=4), FOLDS)
def test_there_is_a_key_if_any_text_earns_full_points(answers: list[TextAnswer], fold: frozenset[Fold]) -> None:
    question = ShortAnswer(content="?", answers=answers, fold=fold)
    key = question.key()
    reached = {question.mark(ShortAnswerResponse(text=text)).fraction for text in SHORT}
    earned = {row.fraction for row in score_table(question).rows}

    assert reached <= earned
    if GradeState.RIGHT in {question.mark(ShortAnswerResponse(text=text)).state for text in SHORT}:
        assert key is not None
        assert (question.mark(key).fraction or 0) >= max(fraction or 0 for fraction in reached)


@given(st.lists(ANSWERS | PATTERNS, min_size=1, max_size=5), FOLDS)
def test_every_key_earns_full_points(answers: list[TextAnswer], fold: frozenset[Fold]) -> None:
    question = ShortAnswer(content="?", answers=answers, fold=fold)
    key = question.key()

    assert key is None or question.mark(key).state is GradeState.RIGHT
    assert (key is None) == ("no_full_answer" in {found.code for found in lint(question)})
