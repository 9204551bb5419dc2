"""Writing GIFT: what each question type looks like, and what the format cannot hold. Its door is `gift.write`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from quizkit import _exact
from quizkit.errors import QuizkitError
from quizkit.formats._report import FileProblem, FileQuestion, Problems, Severity, WriteReport, items_of
from quizkit.questions import (
    AnyNumber,
    Choice,
    ChoiceScheme,
    Essay,
    Matching,
    NumberAnswer,
    Numeric,
    Question,
    RangeAnswer,
    RoundedAnswer,
    ShortAnswer,
    Text,
    TextFormat,
    TextMatch,
    Tolerance,
    TrueFalse,
    UnitPolicy,
)

__all__ = ["BLANK", "BadItem", "write"]

BLANK: Final = "_____"
_SPECIAL: Final = re.compile(r"([~=#{}:\\])")


def _escape(text: str) -> str:
    one_kind = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SPECIAL.sub(r"\\\1", one_kind).replace("\n", "\\n")


class BadItem(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Writer:
    """Writes one question, and notes what GIFT cannot hold."""

    lost: list[tuple[str, str]] = field(default_factory=list)

    def lose(self, code: str, message: str) -> None:
        self.lost.append((code, message))

    def text(self, text: Text, inherited: TextFormat = TextFormat.PLAIN) -> str:
        if text.media:
            self.lose("gift_media", "GIFT holds no media")
        # Moodle reads text without a format as auto-format, in which `<` and `&` mean something.
        says = text.format != inherited or (text.format is TextFormat.PLAIN and re.search(r"[<&\n]", text.text))
        body = _escape(text.text.strip())
        if not says and re.match(r"\[(html|moodle|plain|markdown)\]|//|\$CATEGORY:|::", text.text.strip()):
            says = True
        return f"[{text.format.value}]{body}" if says else body

    def feedback(self, text: Text | None, inherited: TextFormat) -> str:
        return f"#{self.text(text, inherited)}" if text else ""


def _percent(weight: Fraction) -> str:
    return f"%{_exact.plain(_exact.rounded(weight * 100, 5)):f}%"


def _options(writer: _Writer, question: Choice) -> str:
    inherited = question.content.format
    weighted = question.marked_by in {
        ChoiceScheme.SINGLE_WEIGHT,
        ChoiceScheme.OPTION_VALUE,
        ChoiceScheme.SUM_OF_WEIGHTS,
    }
    if not weighted or question.marked_by is ChoiceScheme.OPTION_VALUE:
        writer.lose("gift_scheme", "GIFT knows no marking schemes but weights")
    if not question.shuffle or question.none_option or question.most is not None:
        writer.lose("gift_settings", "GIFT holds no settings for the order and number of picks")
    right = sum(option.correct for option in question.options)
    lines = []
    for option in question.options:
        share = option.weight if option.weight is not None and weighted else None
        if share is None and option.correct:
            share = Fraction(1, right) if question.multiple else Fraction(1)
        said = writer.text(option.content, inherited)
        told = writer.feedback(option.feedback, inherited)
        if share == 1 and not question.multiple:
            lines.append(f"={said}{told}")
        else:
            lines.append(f"~{_percent(share) if share else ''}{_guarded(said)}{told}")
    if not question.multiple and not any(line.startswith("=") for line in lines):
        raise BadItem(
            "gift_no_full_answer", "A single choice without a right option cannot be told from several in GIFT"
        )
    return "\n\t" + "\n\t".join(lines) + "\n"


def _guarded(said: str) -> str:
    return f"%0%{said}" if said.startswith("%") else said


def _texts(writer: _Writer, question: ShortAnswer) -> str:
    if question.case_sensitive or question.fold:
        writer.lose("gift_settings", "GIFT holds no settings for case and folding")
    lines = []
    for answer in question.answers:
        if answer.match is TextMatch.PATTERN:
            writer.lose("gift_pattern", "GIFT holds no patterns; the example is written instead")
        text = answer.example or "" if answer.match is TextMatch.PATTERN else answer.text
        if answer.match is not TextMatch.WILDCARD:
            text = text.replace("*", "\\*")
        share = "" if answer.weight == 1 and not text.startswith("%") else _percent(answer.weight)
        lines.append(f"={share}{_escape(text.strip())}{writer.feedback(answer.feedback, question.content.format)}")
    return "\n\t" + "\n\t".join(lines) + "\n"


def _numbers(writer: _Writer, question: Numeric) -> str:
    if question.units.policy is not UnitPolicy.NONE:
        writer.lose("gift_units", "GIFT holds no units")
    lines = []
    for position, answer in enumerate(question.answers, 1):
        share = "" if answer.weight == 1 else _percent(answer.weight)
        told = writer.feedback(answer.feedback, question.content.format)
        if isinstance(answer, AnyNumber) and position == len(question.answers) and answer.weight == 0:
            lines.append(f"~{told}")
        else:
            lines.append(f"={share}{_written(writer, answer)}{told}")
    return "#\n\t" + "\n\t".join(lines) + "\n"


def _written(writer: _Writer, answer: Any) -> str:
    if isinstance(answer, AnyNumber):
        return "*"
    if isinstance(answer, RangeAnswer):
        if not (answer.low_included and answer.high_included):
            writer.lose("gift_range", "In GIFT both ends belong to a range")
        return f"{answer.low:f}..{answer.high:f}"
    if isinstance(answer, RoundedAnswer):
        writer.lose("gift_rounding", "GIFT knows no significant figures; only the value is written")
        return f"{answer.value:f}"
    if answer.mode in {Tolerance.ABSOLUTE, Tolerance.NOMINAL}:
        return f"{answer.value:f}:{answer.tolerance:f}" if answer.tolerance else f"{answer.value:f}"
    writer.lose("gift_tolerance", "GIFT knows no relative tolerance; the range that it gives here is written")
    return _as_range(answer)


def _as_range(answer: NumberAnswer) -> str:
    low, high = answer.ends()
    if answer.mode is Tolerance.RELATIVE:  # the ends are decimals of 80 places at most
        return f"{_exact.plain(_exact.rounded(low, 80)):f}..{_exact.plain(_exact.rounded(high, 80)):f}"
    return f"{_exact.rounded(low, 20):f}..{_exact.rounded(high, 20):f}"


def _pairs(writer: _Writer, question: Matching) -> str:
    inherited = question.content.format
    if not question.shuffle:
        writer.lose("gift_settings", "GIFT holds no setting for the order of premises")
    lines = [
        f"={_arrowless(writer, pair.premise, inherited)} -> {_arrowless(writer, pair.choice, None)}"
        for pair in question.pairs
    ]
    lines += [f"= -> {_arrowless(writer, distractor, None)}" for distractor in question.distractors]
    return "\n\t" + "\n\t".join(lines) + "\n"


def _arrowless(writer: _Writer, text: Text, inherited: TextFormat | None) -> str:
    if "->" in text.text:
        raise BadItem("gift_arrow", "GIFT cannot hold an arrow `->` inside a pair")
    if inherited is None and text.format is not TextFormat.PLAIN:
        writer.lose("gift_choice_format", "GIFT holds choices of a matching question as plain text only")
    return _escape(text.text.strip()) if inherited is None else writer.text(text, inherited)


def _judged(writer: _Writer, question: TrueFalse) -> str:
    right, wrong = question.feedback_true, question.feedback_false
    if not question.answer:
        right, wrong = wrong, right
    inherited = question.content.format
    told = writer.feedback(wrong, inherited)
    if right:
        told = f"{told or '#'}{writer.feedback(right, inherited)}"
    return f"{'TRUE' if question.answer else 'FALSE'}{told}"


def _empty(writer: _Writer, question: Essay) -> str:
    if question.grader_notes or question.template or question.max_words or question.min_words:
        writer.lose("gift_essay", "GIFT holds no notes, limits and templates of essays")
    return ""


_WRITERS: Final[dict[str, Callable[[_Writer, Any], str]]] = {
    "true_false": _judged,
    "choice": _options,
    "short_answer": _texts,
    "matching": _pairs,
    "numeric": _numbers,
    "essay": _empty,
}


def write(questions: Iterable[Question | FileQuestion]) -> WriteReport:
    """Write questions as GIFT. What GIFT cannot hold becomes a problem: a warning where only a part is lost."""
    lines: list[str] = []
    problems = Problems()
    category: tuple[str, ...] = ()
    for number, item in enumerate(items_of(questions), 1):
        writer = _Writer()
        try:
            block = _block(writer, item.question)
        except (BadItem, QuizkitError) as bad:
            problems.add(FileProblem(None, number, bad.code, str(bad)))
            continue
        if item.category != category:
            category = item.category
            path = "/".join(part.replace("/", "//") for part in category) or "top"
            lines += [f"$CATEGORY: {path}", ""]
        line = len(lines) + 1
        for code, told in writer.lost:
            problems.add(FileProblem(line, number, code, told, Severity.WARNING))
        lines += [*block.split("\n"), ""]
    return WriteReport("\n".join(lines), problems.told, problems.more, problems.lost)


def _block(writer: _Writer, question: Question) -> str:
    if question.type != "description" and question.type not in _WRITERS:
        raise BadItem("gift_type", "GIFT has no such question type")
    if question.hints:
        writer.lose("gift_hints", "GIFT holds no hints")
    if question.points != 1 and question.type != "description":
        writer.lose("gift_points", "GIFT holds no points; every question is worth 1 there")
    if question.language is not None:
        writer.lose("gift_language", "GIFT holds no language")
    remarks = [f"[id:{_bracket(question.source_id)}]"] if question.source_id else []
    remarks += [f"[tag:{_bracket(tag)}]" for tag in question.tags]
    comment = f"// {' '.join(remarks)}\n" if remarks else ""
    title = f"::{_escape(question.title)}::" if question.title else ""
    prompt = writer.text(question.content)
    if question.type == "description":
        if question.general_feedback:
            writer.lose("gift_feedback", "GIFT holds no feedback of a description")
        return f"{comment}{title}{prompt}"
    answers = _WRITERS[question.type](writer, question)
    if question.general_feedback:
        answers += f"####{writer.text(question.general_feedback, question.content.format)}"
    braces = f"{{{answers}}}"
    # A missing word has its answers where the word is missing; at the end it could not be told from a prompt.
    if prompt.count(BLANK) == 1 and "______" not in prompt and not prompt.endswith(BLANK):
        return f"{comment}{title}{prompt.replace(BLANK, braces)}"
    return f"{comment}{title}{prompt} {braces}" if prompt else f"{comment}{title}{braces}"


def _bracket(text: str) -> str:
    return re.sub(r"([\\\]])", r"\\\1", " ".join(text.split()))
