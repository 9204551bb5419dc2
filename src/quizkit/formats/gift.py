r"""GIFT: Moodle's text format for questions, read and written as in Moodle (`question/format/gift`).

Blank lines separate items. `//` begins a comment line, `$CATEGORY:` sets a category, `::name::` names an item, `[html]`
and similar prefixes declare a format. The answers are in braces: `{}` is an essay, no braces a description, `{T}` true
or false, `{=right ~wrong}` a single choice, `{~%50%a ~%50%b ~%-100%c}` a multiple choice, `{=Paris =%50%Lutece}` a
short answer, `{=a -> b =c -> d}` matching, `{#3.14:0.005}` and `{#1..5}` numbers. Braces inside the text mark a missing
word. `\~ \= \# \{ \} \: \\` are literal characters and `\n` is a line break.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid
from quizkit.formats._gift_writing import BLANK, BadItem, write
from quizkit.formats._report import FileProblem, FileQuestion, ImportReport, Problems, Severity, decoded
from quizkit.questions import (
    AnyNumber,
    Choice,
    ChoiceScheme,
    Description,
    Essay,
    Matching,
    MatchingPair,
    NumberAnswer,
    Numeric,
    Option,
    Question,
    RangeAnswer,
    ShortAnswer,
    Text,
    TextAnswer,
    TextFormat,
    TrueFalse,
)
from quizkit.questions._content import MAX_CHOICES

__all__ = ["read", "write"]


# ---------------------------------------------------------------------------------------------- characters

_ESCAPED: Final = re.compile(r"\\([~=#{}:\\n])")


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda m: "\n" if m[1] == "n" else m[1], text)


def _find(text: str, mark: str, start: int = 0) -> int:
    """Return the position of an unescaped mark, -1 if there is none."""
    for found in re.compile(rf"\\.|({re.escape(mark)})", re.DOTALL).finditer(text, start):
        if found[1] is not None:
            return found.start()
    return -1


def _split(text: str, mark: str) -> list[str]:
    """Return the pieces between unescaped marks."""
    pieces, start = [], 0
    while (at := _find(text, mark, start)) >= 0:
        pieces.append(text[start:at])
        start = at + len(mark)
    return [*pieces, text[start:]]


# ---------------------------------------------------------------------------------------------- items of a file


@dataclass(slots=True)
class _Chunk:
    """The lines of one item, with its comments separate."""

    line: int = 0
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def _chunks(text: str) -> Iterator[_Chunk]:
    chunk = _Chunk()
    for number, raw in enumerate([*text.split("\n"), ""], 1):
        line = raw.strip()
        if line.startswith("//"):
            chunk.comments.append(line)
        elif line.startswith("$CATEGORY:") and not chunk.lines:
            # Moodle requires a blank line after it, but files without one are common.
            yield _Chunk(number, [line])
        elif line:
            chunk.line = chunk.line or number
            chunk.lines.append(line)
        elif chunk.lines:
            yield chunk
            chunk = _Chunk()


def read(data: bytes | str) -> ImportReport:
    """Read questions from GIFT. An invalid item becomes a problem, and the others are read.

    Raises:
        Unreadable: the file is not text, or too large.
    """
    items: list[FileQuestion] = []
    problems = Problems()
    category: tuple[str, ...] = ()
    number = 0
    for chunk in _chunks(decoded(data)):
        joined = "\n".join(chunk.lines)
        if joined.startswith("$CATEGORY:"):
            category = _category(joined.removeprefix("$CATEGORY:"))
            continue
        number += 1
        lost: list[tuple[str, str]] = []
        try:
            question = _question(joined, chunk.comments, lost)
        except (BadItem, Invalid) as bad:
            problems.add(FileProblem(chunk.line, number, bad.code, str(bad)))
            continue
        except ValidationError as error:
            invalid = Invalid.of(error, "question", "question_invalid")
            problems.add(FileProblem(chunk.line, number, invalid.code, invalid.message))
            continue
        items.append(FileQuestion(question, chunk.line, category))
        for code, message in lost:
            problems.add(FileProblem(chunk.line, number, code, message, Severity.WARNING))
    return ImportReport(tuple(items), problems.reported, problems.more, problems.lost)


def _category(path: str) -> tuple[str, ...]:
    """Return the parts of a path; a slash inside a name is doubled."""
    parts = re.split(r"(?<!/)/(?!/)", path.strip())
    return tuple(part.replace("//", "/").strip() for part in parts if part.strip())


class _Head(NamedTuple):
    """The common fields of a question as keyword arguments, its prompt, and the text of its answers."""

    common: dict[str, Any]
    content: Text
    answers: str | None


def _bracketed(remarks: str, mark: str) -> Iterator[str]:
    """Yield the texts between `[mark:` and the next closing bracket, in linear time."""
    start = f"[{mark}:"
    at = remarks.find(start)
    while at >= 0 and (end := _find(remarks, "]", at + len(start))) >= 0:
        if end > at + len(start):
            yield _unbracket(remarks[at + len(start) : end])
        at = remarks.find(start, end)


def _question(text: str, comments: list[str], lost: list[tuple[str, str]]) -> Question:
    head = _head(text, comments, lost)
    if head.answers is None:
        return Description(content=head.content, **head.common)
    answers, general = _cut(head.answers, "####")
    if general is not None:
        head.common["general_feedback"] = _text(general, head.content.format, lost)
    return _by_answers(head, answers.strip(), lost)


def _head(text: str, comments: list[str], lost: list[tuple[str, str]]) -> _Head:
    remarks = " ".join(comments)
    common: dict[str, Any] = {"tags": list(_bracketed(remarks, "tag"))}
    if (source_id := next(_bracketed(remarks, "id"), None)) is not None:
        common["source_id"] = source_id
    if text.startswith("::"):
        end = _find(text, "::", 2)
        if end < 0:
            raise BadItem("gift_title", "The title has no end: write it between double colons, as ::title::")
        common["title"] = _unescape(text[2:end]).strip()[:1000] or None
        text = text[end + 2 :].strip()
    start = _find(text, "{")
    if start < 0:
        if _find(text, "}") >= 0:
            raise BadItem("gift_braces", "There is a closing brace without an opening one")
        return _Head(common, _text(text, TextFormat.PLAIN, lost), None)
    end = _find(text, "}", start)
    if end < 0:
        raise BadItem("gift_braces", "The answers have no closing brace")
    before, after = text[:start], text[end + 1 :]
    if _find(after, "{") >= 0 or _find(after, "}") >= 0:
        raise BadItem("gift_several_answers", "A GIFT question must have all its answers in one pair of braces")
    prompt = f"{before}{BLANK}{after}" if after.strip() else before.rstrip()
    return _Head(common, _text(prompt, TextFormat.PLAIN, lost), text[start + 1 : end])


def _unbracket(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).strip()


_FORMAT: Final = re.compile(r"^\[(html|moodle|plain|markdown)\]")


def _text(text: str, inherited: TextFormat, lost: list[tuple[str, str]]) -> Text:
    text = text.strip()
    declared = _FORMAT.match(text)
    if declared is None:
        return Text(format=inherited, text=_unescape(text))
    if declared[1] == "moodle":
        lost.append(("gift_moodle_format", "Moodle's auto-format is read as plain text"))
        return Text(format=TextFormat.PLAIN, text=_unescape(text[declared.end() :].strip()))
    return Text(format=TextFormat(declared[1]), text=_unescape(text[declared.end() :].strip()))


def _cut(text: str, mark: str) -> tuple[str, str | None]:
    at = _find(text, mark)
    return (text, None) if at < 0 else (text[:at], text[at + len(mark) :])


# ---------------------------------------------------------------------------------------------- answers

_WEIGHT: Final = re.compile(r"^%(-?\d{1,3}(?:\.\d{0,20})?)%")
# Moodle writes thirds, sixths, sevenths and ninths with five or seven places; these are the intended fractions.
_MEANT: Final = [Fraction(n, d) for d in (3, 6, 7, 9) for n in range(1, d)]
_NEAR: Final = Fraction(1, 100_000)


class _Answer(NamedTuple):
    text: str
    weight: Fraction | None
    feedback: Text | None


def _weight(written: str) -> Fraction:
    share = Fraction(written if not written.endswith(".") else f"{written}0") / 100
    if abs(share) > 1:
        raise BadItem("gift_weight", "A weight must be from -100 to 100 percent")
    if share.denominator in {1, 2, 4, 5, 8, 10, 20}:
        return share
    meant = next((m for m in _MEANT if abs(abs(share) - m) <= _NEAR), abs(share))
    return meant if share > 0 else -meant


def _answer(piece: str, inherited: TextFormat, lost: list[tuple[str, str]]) -> _Answer:
    piece = piece.strip()
    weight = _WEIGHT.match(piece)
    if weight:
        piece = piece[weight.end() :]
    elif re.match(r"^%[^%]{0,12}%", piece):
        raise BadItem("gift_weight", "A weight must be a number between two percent signs")
    content, written = _cut(piece, "#")
    feedback = _text(written, inherited, lost) if written is not None and written.strip() else None
    return _Answer(content.strip(), _weight(weight[1]) if weight else None, feedback)


def _by_answers(head: _Head, answers: str, lost: list[tuple[str, str]]) -> Question:
    if not answers:
        return Essay(content=head.content, **head.common)
    if answers.startswith("#"):
        return _numeric(head, answers[1:], lost)
    if _find(answers, "~") >= 0:
        return _choice(head, answers, lost)
    if _find(answers, "=") >= 0 and _find(answers, "->") >= 0:
        return _matching(head, answers, lost)
    if _cut(answers, "#")[0].strip().upper() in {"T", "TRUE", "F", "FALSE"}:
        return _true_false(head, answers, lost)
    return _short_answer(head, answers, lost)


def _true_false(head: _Head, answers: str, lost: list[tuple[str, str]]) -> Question:
    written, *feedback = _split(answers, "#")
    answer = written.strip().upper().startswith("T")
    wrong, right = [_text(t, head.content.format, lost) if t.strip() else None for t in [*feedback, "", ""][:2]]
    return TrueFalse(
        content=head.content,
        answer=answer,
        feedback_true=right if answer else wrong,
        feedback_false=wrong if answer else right,
        **head.common,
    )


def _choice(head: _Head, answers: str, lost: list[tuple[str, str]]) -> Question:
    single = _find(answers, "=") >= 0
    marked = [
        (piece, position > 0)
        for tilde in _split(answers, "~")
        for position, piece in enumerate(_split(tilde, "="))
        if piece.strip()
    ]
    _refuse_many(marked)
    options = []
    for piece, right in marked:
        answer = _answer(piece, head.content.format, lost)
        weight = Fraction(1) if right else answer.weight
        content = _text(answer.text, head.content.format, lost)
        if weight is None:
            options.append(Option(content=content, feedback=answer.feedback))
        elif weight == 1 and single:
            options.append(Option(content=content, correct=True, feedback=answer.feedback))
        else:
            options.append(Option(content=content, weight=weight, feedback=answer.feedback))
    scheme = None if single else ChoiceScheme.SUM_OF_WEIGHTS
    return Choice(content=head.content, options=options, multiple=not single, scheme=scheme, **head.common)


def _equals(answers: str) -> list[str]:
    pieces = _split(answers, "=")
    found = [piece for piece in pieces if piece.strip()]
    _refuse_many(found)
    return found


def _refuse_many(answers: Sized) -> None:
    """Raise BadItem for more answers than a question can have, before any of them is read."""
    if len(answers) > MAX_CHOICES:
        raise BadItem("gift_too_many", f"A question must have at most {MAX_CHOICES} answers")


def _short_answer(head: _Head, answers: str, lost: list[tuple[str, str]]) -> Question:
    found = []
    for piece in _equals(answers):
        answer = _answer(piece, head.content.format, lost)
        if not answer.text:
            raise BadItem("gift_empty_answer", "An answer has no text")
        weight = Fraction(1) if answer.weight is None else answer.weight
        found.append(TextAnswer(text=_unescape(answer.text), weight=weight, feedback=answer.feedback))
    # Moodle ignores case only.
    return ShortAnswer(content=head.content, answers=found, fold=frozenset(), **head.common)


def _matching(head: _Head, answers: str, lost: list[tuple[str, str]]) -> Question:
    pairs, distractors = [], []
    for piece in _equals(answers):
        premise, choice = _cut(piece, "->")
        if choice is None or not choice.strip():
            raise BadItem("gift_match", "A pair must be written as `=premise -> choice`")
        answer = Text(text=_unescape(choice.strip()))
        if premise.strip():
            pairs.append(MatchingPair(premise=_text(premise, head.content.format, lost), choice=answer))
        else:
            distractors.append(answer)
    return Matching(content=head.content, pairs=pairs, distractors=distractors, **head.common)


def _numeric(head: _Head, answers: str, lost: list[tuple[str, str]]) -> Question:
    numbers, wrong = _cut(answers, "~")
    found: list[Any] = [_number(_answer(piece, head.content.format, lost)) for piece in _equals(numbers)]
    if wrong is not None:
        rest = _answer(wrong, head.content.format, lost)
        found.append(AnyNumber(weight=rest.weight or Fraction(0), feedback=rest.feedback))
    return Numeric(content=head.content, answers=found, **head.common)


def _number(answer: _Answer) -> NumberAnswer | RangeAnswer | AnyNumber:
    weight = Fraction(1) if answer.weight is None else answer.weight
    more: dict[str, Any] = {"weight": weight, "feedback": answer.feedback}
    if answer.text.partition(":")[0].strip() == "*":  # Moodle writes a tolerance there too, without a meaning
        return AnyNumber(**more)
    with contextlib.suppress(ValidationError, PydanticCustomError):
        if ".." in answer.text:
            low, _, high = answer.text.partition("..")
            return RangeAnswer(low=low.strip(), high=high.strip(), **more)
        value, _, tolerance = answer.text.partition(":")
        return NumberAnswer(value=value.strip(), tolerance=tolerance.strip() or "0", **more)
    raise BadItem("gift_number", "A number must be written as `3.14`, `3.14:0.01` or `3.1..3.2`")
