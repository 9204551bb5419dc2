from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Unreadable
from quizkit.formats import FileQuestion, Severity, gift
from quizkit.questions import (
    AnyNumber,
    Blanks,
    Choice,
    ChoiceScheme,
    Description,
    Essay,
    Hint,
    Matching,
    MatchingPair,
    NumberAnswer,
    Numeric,
    Option,
    Ordering,
    OrderingItem,
    Question,
    QuestionType,
    RangeAnswer,
    RoundedAnswer,
    ShortAnswer,
    Text,
    TextAnswer,
    TextFormat,
    TextGap,
    TextMatch,
    Tolerance,
    TrueFalse,
    Unit,
    Units,
)
from quizkit.questions._select import weight_of
from quizkit.testing import questions

RIVERS = Path(__file__).parents[2] / "examples" / "rivers.gift"


def one(text: str) -> Any:
    report = gift.read(text)
    assert [(p.code, p.severity) for p in report.problems if p.severity is Severity.ERROR] == []
    (question,) = report.questions
    return question


def problem(text: str) -> str:
    report = gift.read(text)
    assert report.questions == ()
    (found,) = report.problems
    return found.code


# ---------------------------------------------------------------------------------------------- every type


def test_a_text_without_braces_is_a_description() -> None:
    assert one("You have half an hour.") == Description(content="You have half an hour.")


def test_empty_braces_are_an_essay() -> None:
    assert one("Why? {}") == Essay(content="Why?")


@pytest.mark.parametrize(
    ("answer", "is_true"), [("T", True), ("TRUE", True), ("true", True), ("F", False), ("FALSE", False)]
)
def test_true_and_false(answer: str, is_true: bool) -> None:
    assert one(f"The Rhine is a river.{{{answer}}}") == TrueFalse(content="The Rhine is a river.", answer=is_true)


def test_the_first_feedback_of_a_true_false_question_is_for_the_wrong_answer() -> None:
    question = one("Is it?{F#You are wrong.#You are right.}")

    assert (str(question.feedback_true), str(question.feedback_false)) == ("You are wrong.", "You are right.")
    assert one("Is it?{T##Right.}").feedback_false is None


def test_one_right_answer_and_tildes_are_a_single_choice() -> None:
    question = one("Who?{=Grant #Yes! ~no one #No. ~Napoleon}")

    assert not question.multiple
    assert [(str(o.content), o.correct, str(o.feedback or "")) for o in question.options] == [
        ("Grant", True, "Yes!"),
        ("no one", False, "No."),
        ("Napoleon", False, ""),
    ]


def test_weights_of_a_single_choice() -> None:
    question = one("Which?{=Oder ~%50%Neisse ~%-25%Elbe ~Vistula}")

    assert [o.weight for o in question.options] == [None, Fraction(1, 2), Fraction(-1, 4), None]


def test_only_weighted_tildes_are_a_choice_of_several() -> None:
    question = one("Which?{~%50%Grant ~%50%Lee ~%-100%Hugo ~Nobody}")

    assert (question.multiple, question.scheme) == (True, ChoiceScheme.SUM_OF_WEIGHTS)
    assert [o.weight for o in question.options] == [Fraction(1, 2), Fraction(1, 2), -1, None]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("33.333", "1/3"), ("33.33333", "1/3"), ("66.66667", "2/3"), ("16.66667", "1/6"), ("14.28571", "1/7"),
        ("11.11111", "1/9"), ("-33.333", "-1/3"), ("12.5", "1/8"), ("5", "1/20"), ("100", "1"), ("83.33333", "5/6"),
        ("50.", "1/2"), ("0", "0"), ("37.5", "3/8"), ("42", "21/50"),
    ],
)  # fmt: skip
def test_a_weight_with_few_decimals_is_read_as_the_intended_fraction(written: str, meant: str) -> None:
    question = one(f"Which?{{~%100%a ~%{written}%b}}")

    assert str(question.options[1].weight) == meant


def test_three_thirds_earn_full_points() -> None:
    question = one("Which?{~%33.333%a ~%33.333%b ~%33.333%c ~%-100%d}")

    assert question.mark(question.key()).fraction == 1


def test_equal_signs_are_a_short_answer_with_weights_and_feedback() -> None:
    question = one("Vienna?{=Danube =%50%Donau#In German. =%25%*nube}")

    assert question == ShortAnswer(
        content="Vienna?",
        answers=[
            TextAnswer(text="Danube"),
            TextAnswer(text="Donau", weight="1/2", feedback="In German."),
            TextAnswer(text="*nube", weight="1/4"),
        ],
        fold=[],
    )


def test_a_single_answer_needs_no_equal_sign() -> None:
    assert one("Vienna?{Danube}") == ShortAnswer(content="Vienna?", answers=[TextAnswer(text="Danube")], fold=[])


def test_arrows_are_a_matching_question_and_a_pair_without_a_premise_is_a_distractor() -> None:
    question = one("Match.{=Rhine -> North Sea =Oder->Baltic Sea = -> Black Sea}")

    assert isinstance(question, Matching)
    assert [(str(p.premise), str(p.choice)) for p in question.pairs] == [("Rhine", "North Sea"), ("Oder", "Baltic Sea")]
    assert [str(d) for d in question.distractors] == ["Black Sea"]


@pytest.mark.parametrize(
    ("written", "answers"),
    [
        ("#3", [NumberAnswer(value=3)]),
        ("#3.14:0.005", [NumberAnswer(value="3.14", tolerance="0.005")]),
        ("#-5 : 2", [NumberAnswer(value=-5, tolerance=2)]),
        ("#1..5", [RangeAnswer(low=1, high=5)]),
        ("#-2.5..-1", [RangeAnswer(low="-2.5", high=-1)]),
        ("#=1822:0 =%50%1822:2", [NumberAnswer(value=1822), NumberAnswer(value=1822, tolerance=2, weight="1/2")]),
        ("#=5 =%10%*", [NumberAnswer(value=5), AnyNumber(weight="1/10")]),
        ("#=5 =%10%*:0", [NumberAnswer(value=5), AnyNumber(weight="1/10")]),
        ("#5#Yes ~#No", [NumberAnswer(value=5, feedback="Yes"), AnyNumber(weight=0, feedback="No")]),
        ("#=1e3:1", [NumberAnswer(value=1000, tolerance=1)]),
    ],
)
def test_numeric_answers_may_be_numbers_ranges_or_several(written: str, answers: list[Any]) -> None:
    assert one(f"How many?{{{written}}}") == Numeric(content="How many?", answers=answers)


@pytest.mark.parametrize(
    ("text", "prompt", "type_"),
    [
        ("The {=Thames} flows through London.", "The _____ flows through London.", ShortAnswer),
        ("The {=Tiber ~Po} flows through Rome.", "The _____ flows through Rome.", Choice),
        ("{=Rome} has seven hills.", "_____ has seven hills.", ShortAnswer),
    ],
)
def test_answers_inside_the_text_are_a_missing_word_question(text: str, prompt: str, type_: type[Question]) -> None:
    question = one(text)

    assert (type(question), str(question.content)) == (type_, prompt)


# ---------------------------------------------------------------------------------------------- context


def test_titles_comments_ids_and_tags_are_read() -> None:
    question = one("// A comment [id:q\\]1] [tag:easy]\n// [tag:water]\n:: The \\: title ::What?{T}")

    assert (question.title, question.source_id, question.tags) == ("The : title", "q]1", ("easy", "water"))


def test_a_comment_inside_a_question_is_ignored() -> None:
    question = one("What is\n// not this\nit?{\n// nor this\n=a\n}")

    assert str(question.content) == "What is\nit?"
    assert [answer.text for answer in question.answers] == ["a"]


def test_a_category_applies_to_the_questions_after_it() -> None:
    report = gift.read("a{T}\n\n$CATEGORY: top/Rivers // Lakes/Europe\n\nb{T}\n\n$CATEGORY: $course$/x\nc{T}")

    assert [item.category for item in report.items] == [(), ("top", "Rivers / Lakes", "Europe"), ("$course$", "x")]
    assert [item.line for item in report.items] == [1, 5, 8]


def test_escapes_are_the_characters_themselves() -> None:
    question = one(r"What is \{x \: x \= 1\}, \~3 \# 4 \\ 5?{=\=\{a\}\~\#\:\\}")

    assert str(question.content) == r"What is {x : x = 1}, ~3 # 4 \ 5?"
    assert question.answers[0].text == "={a}~#:\\"


def test_a_backslash_before_any_other_character_is_preserved() -> None:
    assert str(one(r"Solve \(x^2\) for \alpha{}").content) == r"Solve \(x^2\) for \alpha"


def test_a_line_break_is_written_as_backslash_n() -> None:
    assert str(one(r"One\nTwo{}").content) == "One\nTwo"


@pytest.mark.parametrize(
    ("text", "format_", "content"),
    [
        ("[html]<b>Why?</b>{}", TextFormat.HTML, "<b>Why?</b>"),
        ("[markdown]*Why?*{}", TextFormat.MARKDOWN, "*Why?*"),
        ("[plain]Why?{}", TextFormat.PLAIN, "Why?"),
        ("[other]Why?{}", TextFormat.PLAIN, "[other]Why?"),
        ("::T::[html]<p>Why?</p>{}", TextFormat.HTML, "<p>Why?</p>"),
    ],
)
def test_a_text_may_declare_its_format(text: str, format_: TextFormat, content: str) -> None:
    assert one(text).content == Text(format=format_, text=content)


def test_answers_and_feedback_have_the_format_of_the_question_unless_they_declare_one() -> None:
    question = one("[html]<p>?</p>{=<i>a</i>#[plain]Yes ~[markdown]*b* ####<b>So it is.</b>}")

    assert [o.content.format for o in question.options] == [TextFormat.HTML, TextFormat.MARKDOWN]
    assert question.options[0].feedback == Text(text="Yes")
    assert question.general_feedback == Text(format=TextFormat.HTML, text="<b>So it is.</b>")


def test_moodles_auto_format_is_read_as_plain_text_and_the_report_says_so() -> None:
    report = gift.read("[moodle]Why?{}")

    assert report.questions == (Essay(content="Why?"),)
    assert [(p.code, p.severity, p.line) for p in report.problems] == [("gift_moodle_format", Severity.WARNING, 1)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(ends: str) -> None:
    text = ends.join(["a{", "=x", "}", "", "b{T}"])

    assert [q.type for q in gift.read(text).questions] == ["short_answer", "true_false"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_are_detected(encoding: str) -> None:
    assert str(gift.read("Größe?{}".encode(encoding)).questions[0].content) == "Größe?"


# ---------------------------------------------------------------------------------------------- problems


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("::never ends", "gift_title"),
        ("What {=a", "gift_braces"),
        ("What =a}", "gift_braces"),
        ("a {T} b {F}", "gift_several_answers"),
        ("a {T} }", "gift_several_answers"),
        ("{#abc}", "gift_number"),
        ("?{#1..x}", "gift_number"),
        ("?{#5:x}", "gift_number"),
        ("?{#1e999999}", "gift_number"),
        ("?{~%200%a ~b}", "gift_weight"),
        ("?{~%abc%a ~b}", "gift_weight"),
        ("?{= =a}", "question_invalid"),
        ("?{=#only feedback}", "gift_empty_answer"),
        ("?{=a -> b =c}", "gift_match"),
        ("?{=a -> b}", "question_invalid"),
        ("?{~a ~b}", "question_invalid"),
        ("?{=a ~}", "question_invalid"),
        ("{T}", "question_invalid"),
        ("?\0{T}", "question_invalid"),
        ("?{#}", "question_invalid"),
        ("?{" + "~a" * 101 + "=b}", "gift_too_many"),
    ],
)
def test_a_bad_item_is_a_problem_with_a_code(text: str, code: str) -> None:
    if text == "?{= =a}":  # an empty piece is skipped, as Moodle skips it
        assert one(text).answers[0].text == "a"
        return
    if text == "?{=a ~}":
        text = "?{=a}\n\n?{~}"
        assert gift.read(text).problems[0].line == 3
        return
    assert problem(text) == code


def test_a_bad_item_is_reported_with_its_line_and_the_others_are_read() -> None:
    report = gift.read("a{T}\n\n// comment\n::b::\nbad {=x\n\nc{F}\n\nd{#x}\n\ne{}")

    assert [str(q.content) for q in report.questions] == ["a", "c", "e"]
    assert [(p.line, p.item, p.code) for p in report.problems] == [(4, 2, "gift_braces"), (9, 4, "gift_number")]
    assert report.errors == report.problems


def test_a_problem_never_repeats_the_file() -> None:
    report = gift.read("canary {#canary}\n\ncanary {=canary\n\ncanary{~%900%canary}\n\ncanary {~canary}")

    assert len(report.problems) == 4
    assert "canary" not in repr(report.problems)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80abc", "a \ud800"], ids=ascii)
def test_bytes_that_are_not_text_are_unreadable(data: bytes | str) -> None:
    with pytest.raises(Unreadable) as refused:
        gift.read(data)
    assert refused.value.code == "file_not_text"


def test_a_file_has_a_bounded_size() -> None:
    with pytest.raises(Unreadable) as refused:
        gift.read(b"x" * 50_000_001)
    assert refused.value.code == "file_too_large"


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("{}=~#\\:%->\n/$[]T"), max_size=80))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    report = gift.read(text)

    assert all(p.line is not None and 1 <= p.line <= text.count("\n") + text.count("\r") + 1 for p in report.problems)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_raise_anything_but_its_own_error(data: bytes) -> None:
    try:
        gift.read(data)
    except Unreadable as error:
        assert error.code == "file_not_text"  # noqa: PT017 - both ways are fine


# ---------------------------------------------------------------------------------------------- writing


def test_the_example_file_has_every_type_of_gift_and_reads_without_a_problem() -> None:
    report = gift.read(RIVERS.read_bytes())

    assert report.problems == ()
    assert len(report.questions) >= 20
    assert {q.type for q in report.questions} == {
        "description", "essay", "true_false", "choice", "short_answer", "matching", "numeric",
    }  # fmt: skip
    assert {q.multiple for q in report.questions if isinstance(q, Choice)} == {True, False}


def test_the_example_file_is_the_same_after_writing_and_reading() -> None:
    items = gift.read(RIVERS.read_bytes()).items

    written = gift.write(items)
    again = gift.read(written.text)

    assert (written.problems, again.problems) == ((), ())
    assert [(i.question, i.category) for i in again.items] == [(i.question, i.category) for i in items]
    assert gift.write(again.items) == written


WRITABLE = [t for t in QuestionType if t not in {QuestionType.BLANKS, QuestionType.ORDERING}]


@pytest.mark.parametrize("name", WRITABLE)
@given(data=st.data())
def test_questions_written_without_a_problem_are_read_back_unchanged(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))

    written = gift.write([question])
    again = gift.read(written.text)

    if written.problems:
        assert all(p.code.startswith("gift_") for p in written.problems)
        assert len(again.questions) <= 1
        return
    assert again.errors == ()
    assert [_essence(q) for q in again.questions] == [_essence(question)]


def _essence(question: Question) -> Any:
    """Return what GIFT preserves: no ids of options, no space around texts, no kinds of line ends."""
    body = json.loads(question.model_dump_json(exclude={"title", "version"}), object_hook=_trim)
    named: dict[str, Any] = {
        "tags": [" ".join(tag.split()) for tag in body["tags"]],
        "source_id": " ".join((body["source_id"] or "").split()),
    }
    if isinstance(question, Choice):  # a written weight is read back as a weight
        named["scheme"] = question.marked_by
        named["options"] = [
            (_plain(str(o.content)), weight_of(o, question.options, multiple=question.multiple))
            for o in question.options
        ]
    return {**body, **named}


def _trim(found: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) if isinstance(value, str) else value for name, value in found.items() if name != "id"}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (TrueFalse(content="?", answer=True, points=2), "gift_points"),
        (TrueFalse(content="?", answer=True, language="de"), "gift_language"),
        (TrueFalse(content="?", answer=True, hints=[Hint(content="Think.")]), "gift_hints"),
        (ShortAnswer(content="?", answers=[TextAnswer(text="a")], case_sensitive=True, fold=[]), "gift_settings"),
        (ShortAnswer(content="?", answers=[TextAnswer(text="a")]), "gift_settings"),
        (Numeric(content="?", answers=[NumberAnswer(value=1)], percent=True), "gift_settings"),
        (
            ShortAnswer(content="?", answers=[TextAnswer(text="a+", match=TextMatch.PATTERN, example="aa")], fold=[]),
            "gift_pattern",
        ),
        (Numeric(content="?", answers=[RoundedAnswer(value=1, places=1)]), "gift_rounding"),
        (Numeric(content="?", answers=[RangeAnswer(low=1, high=2, low_included=False)]), "gift_range"),
        (
            Numeric(content="?", answers=[NumberAnswer(value=10, tolerance="0.1", mode=Tolerance.RELATIVE)]),
            "gift_tolerance",
        ),
        (
            Numeric(content="?", answers=[NumberAnswer(value=1)], units=Units(accepted=[Unit(name="m")])),
            "gift_units",
        ),
        (Essay(content="?", max_words=5), "gift_essay"),
        (
            Choice(content="?", options=[Option(content="a", correct=True), Option(content="b")], multiple=True),
            "gift_scheme",
        ),
        (
            Choice(content="?", options=[Option(content="a", correct=True), Option(content="b")], shuffle=False),
            "gift_settings",
        ),
    ],
)
def test_values_that_gift_cannot_express_are_warnings_and_the_rest_is_written(question: Question, code: str) -> None:
    written = gift.write([question])

    assert [(p.code, p.severity, p.item, p.line) for p in written.problems] == [(code, Severity.WARNING, 1, 1)]
    assert len(gift.read(written.text).questions) == 1


def test_a_relative_tolerance_is_written_as_a_range() -> None:
    question = Numeric(content="?", answers=[NumberAnswer(value=-10, tolerance="0.1", mode=Tolerance.RELATIVE)])

    assert one(gift.write([question]).text).answers == (RangeAnswer(low=-11, high=-9),)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Blanks(content="[[a]]", gaps=[TextGap(id="a", answers=[TextAnswer(text="x")])]), "gift_type"),
        (Ordering(content="?", items=[OrderingItem(content="a"), OrderingItem(content="b")]), "gift_type"),
        (Choice(content="?", options=[Option(content="a", weight="0.5"), Option(content="b")]), "gift_no_full_answer"),
        (
            Matching(
                content="?",
                pairs=[MatchingPair(premise="a -> b", choice="c"), MatchingPair(premise="d", choice="e")],
            ),
            "gift_arrow",
        ),
    ],
)
def test_a_question_that_gift_cannot_express_is_an_error_and_the_others_are_written(
    question: Question, code: str
) -> None:
    written = gift.write([question, Essay(content="Why?")])

    assert [(p.code, p.severity, p.item) for p in written.errors] == [(code, Severity.ERROR, 1)]
    assert gift.read(written.text).questions == (Essay(content="Why?"),)


def test_categories_and_missing_words_are_written() -> None:
    items = [FileQuestion(one("The {=Rhine} flows."), category=("Rivers/Lakes", "x")), FileQuestion(Essay(content="?"))]

    assert gift.write(items).text == (
        "$CATEGORY: Rivers//Lakes/x\n\nThe {\n\t=Rhine\n} flows.\n\n$CATEGORY: top\n\n? {}\n"
    )
