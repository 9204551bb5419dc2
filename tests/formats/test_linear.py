"""Readers are linear in their input by construction: no pattern backtracks, and no character is counted twice."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined] # the standard library's own, the only way to look inside
from re import _parser as parser  # type: ignore[attr-defined] # as above
from typing import Any

import pytest

import quizkit
from quizkit.formats import gift, handwritten, native
from quizkit.formats._report import MAX_PROBLEMS

ROOT = Path(quizkit.__file__).parent
ONE_CHARACTER = {sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY}
LONG = 1_000  # fewer repetitions are bounded, and so is backtracking over them


def unbounded(pattern: Any, *, last: bool = True) -> bool:
    """Return whether a pattern has an unbounded repetition, other than of one character at its end.

    Only such a pattern can backtrack.
    """
    parts = list(pattern)
    for at, (kind, of) in enumerate(parts):
        ends = last and at == len(parts) - 1
        repeats = kind in {sre.MAX_REPEAT, sre.MIN_REPEAT}
        if repeats and of[1] > LONG and not (ends and len(of[2]) == 1 and of[2][0][0] in ONE_CHARACTER):
            return True
        if any(unbounded(one, last=ends and not repeats) for one in inside(kind, of)):
            return True
    return False


def inside(kind: Any, of: Any) -> list[Any]:
    """Return the subpatterns of a part of a pattern."""
    if kind is sre.BRANCH:
        return list(of[1])
    places = {sre.SUBPATTERN: 3, sre.MAX_REPEAT: 2, sre.MIN_REPEAT: 2, sre.ASSERT: 1, sre.ASSERT_NOT: 1}
    return [of[places[kind]]] if kind in places else []


def patterns_of(file: Path) -> list[str]:
    """Return the patterns that a module passes to `re`, with an x for values inserted at run time."""
    return [
        "".join(str(one.value) if isinstance(one, ast.Constant) else "x" for one in getattr(node.args[0], "values", [node.args[0]]))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if ast.unparse(node.func.value) == "re" and node.func.attr != "escape"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "goes_back"),
    [(r"\[id:([^\]]+)\]", True), ("(a|b*)*", True), ("(a+)+", True), ("x*y", True), ("a+", False), ("a{0,20}b", False), ("(?<!x)a*", False)],
)  # fmt: skip
def test_the_backtracking_check_detects_a_backtracking_pattern(pattern: str, goes_back: bool) -> None:
    assert unbounded(parser.parse(pattern)) is goes_back


@pytest.mark.parametrize("file", sorted((ROOT / "formats").glob("*.py")), ids=lambda file: file.name)
def test_no_pattern_of_a_reader_backtracks(file: Path) -> None:
    assert [pattern for pattern in patterns_of(file) if unbounded(parser.parse(pattern))] == []


def test_only_numbers_of_bounded_length_reach_a_backtracking_pattern() -> None:
    """`read_number` refuses more than 200 characters before it searches; a unit is a part of that, or a name of 32."""
    found = {file.name for file in (ROOT / "questions").glob("*.py") if any(unbounded(parser.parse(p, re.VERBOSE)) for p in patterns_of(file))}  # fmt: skip

    assert found <= {"_reading.py", "_units.py"}


class Counted(str):
    """A text that counts how many of its characters were searched for line ends."""

    __slots__ = ("looked_at",)
    looked_at: int

    def count(self, *what: Any) -> int:
        _, start, end = what
        self.looked_at = getattr(self, "looked_at", 0) + end - start
        return super().count(*what)


def test_lines_of_json_are_counted_once() -> None:
    text = Counted('{"format": "x", "questions": [\n' + ",\n".join(["{}"] * 500) + "\n]}")

    lines = list(native._lines(text))

    assert lines == list(range(2, 502))
    assert text.looked_at <= len(text)


def test_unclosed_comments_are_scanned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    find = gift._find

    def counted(text: str, mark: str, start: int = 0) -> int:
        found = find(text, mark, start)
        looked.append((len(text) if found < 0 else found) - start)
        return found

    monkeypatch.setattr(gift, "_find", counted)
    remarks = "[tag:a][tag:b" * 500 + "[tag:" * 500

    found = list(gift._bracketed(remarks, "tag"))

    assert len(found) == 500
    assert sum(looked) <= len(remarks)


def test_an_id_and_tags_are_read_from_comments() -> None:
    (item,) = gift.read("// [id:a\\]b] [tag:x] [tag:[y] [tag:] [id:second] [tag:never\nq {T}").questions

    assert (item.source_id, item.tags) == ("a]b", ("x", "[y"))


# ---------------------------------------------------------------------------------------------- bounded


def test_the_first_thousand_problems_of_a_file_are_listed_and_the_others_counted() -> None:
    bad = MAX_PROBLEMS + 5
    body = json.dumps({"format": "quizkit-questions", "version": 1, "questions": [{}] * bad})

    for report in (
        native.read(body),
        gift.read("{\n\n" * bad),
        handwritten.read_keyed([("q", 7, 1)] * bad, key=handwritten.Key.FROM_0),
    ):
        assert (len(report.problems), report.more, report.lost) == (MAX_PROBLEMS, 5, bad)


def test_writing_a_file_lists_as_many_problems() -> None:
    (lossy,) = gift.read("q {T}").questions
    report = gift.write([lossy.model_copy(update={"language": "en"})] * (MAX_PROBLEMS + 7))

    assert (len(report.problems), report.more, report.lost) == (MAX_PROBLEMS, 7, 0)


@pytest.mark.parametrize(
    "text",
    ["q {" + "~x" * 101 + "}", "q {" + "=x" * 101 + "}", "q {#" + "=1" * 101 + "}"],
)
def test_values_that_no_question_can_have_are_problems(text: str) -> None:
    (problem,) = gift.read(text).problems

    assert problem.code == "gift_too_many"


def test_a_weight_of_thousands_of_digits_is_not_a_weight() -> None:
    assert len(gift.read("q {=a ~%1." + "1" * 9_000 + "%x}").items) == 1


@pytest.mark.parametrize(
    ("options", "key", "kind"),
    [
        ("[" * 100_000, "A", handwritten.Key.LETTER),
        ("\ud800", "A", handwritten.Key.LETTER),
        ([str(n) for n in range(30)], "A", handwritten.Key.LETTER),
        (["a", "b"], 10**5000, handwritten.Key.FROM_0),
    ],
    ids=["deep", "surrogate", "thirty", "huge"],
)
def test_no_table_makes_the_reader_raise(options: Any, key: Any, kind: handwritten.Key) -> None:
    report = handwritten.read_keyed([("q", options, key)], key=kind)

    assert len(report.items) + len(report.problems) == 1


def test_a_category_that_is_not_text_is_a_problem() -> None:
    body = {"category": [10**4000], "question": {"type": "true_false", "content": "q", "answer": True}}
    report = native.read(json.dumps({"format": "quizkit-questions", "version": 1, "questions": [body]}))

    assert [problem.code for problem in report.problems] == ["question_invalid"]
