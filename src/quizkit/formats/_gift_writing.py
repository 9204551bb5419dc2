"""Writing GIFT: one writer for each question type, and reports of what the format cannot represent. Used by `gift`."""

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
    """Writes one question, and records what GIFT cannot represent."""

    lost: list[tuple[str, str]] = field(default_factory=list)

    def lose(self, code: str, message: str) -> None:
        self.lost.append((code, message))

    def text(self, text: Text, inherited: TextFormat = TextFormat.PLAIN) -> str:
        if text.media:
            self.lose("gift_media", "GIFT cannot represent media")
        # Moodle reads text without a format as auto-format, in which `<` and `&` are special.
        declares = text.format != inherited or (text.format is TextFormat.PLAIN and re.search(r"[<&\n]", text.text))
        body = _escape(text.text.strip())
        if not declares and re.match(r"\[(html|moodle|plain|markdown)\]|//|\$CATEGORY:|::", text.text.strip()):
            declares = True
        return f"[{text.format.value}]{body}" if declares else body

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
        writer.lose("gift_scheme", "GIFT has no marking schemes except weights")
    if not question.shuffle or question.none_option or question.most is not None:
        writer.lose("gift_settings", "GIFT has no settings for the order of options and the number of picks")
    right = sum(option.correct for option in question.options)
    lines = []
    for option in question.options:
        share = option.weight if option.weight is not None and weighted else None
        if share is None and option.correct:
            share = Fraction(1, right) if question.multiple else Fraction(1)
        content = writer.text(option.content, inherited)
        feedback = writer.feedback(option.feedback, inherited)
        if share == 1 and not question.multiple:
            lines.append(f"={content}{feedback}")
        else:
            lines.append(f"~{_percent(share) if share else ''}{_guarded(content)}{feedback}")
    if not question.multiple and not any(line.startswith("=") for line in lines):
        raise BadItem(
            "gift_no_full_answer", "In GIFT a single choice without a right option would be read as a multiple choice"
        )
    return "\n\t" + "\n\t".join(lines) + "\n"


def _guarded(content: str) -> str:
    return f"%0%{content}" if content.startswith("%") else content


def _texts(writer: _Writer, question: ShortAnswer) -> str:
    if question.case_sensitive or question.fold:
        writer.lose("gift_settings", "GIFT has no settings for case and folding")
    lines = []
    for answer in question.answers:
        if answer.match is TextMatch.PATTERN:
            writer.lose("gift_pattern", "GIFT has no patterns; the example is written instead")
        text = answer.example or "" if answer.match is TextMatch.PATTERN else answer.text
        if answer.match is not TextMatch.WILDCARD:
            text = text.replace("*", "\\*")
        share = "" if answer.weight == 1 and not text.startswith("%") else _percent(answer.weight)
        lines.append(f"={share}{_escape(text.strip())}{writer.feedback(answer.feedback, question.content.format)}")
    return "\n\t" + "\n\t".join(lines) + "\n"


def _numbers(writer: _Writer, question: Numeric) -> str:
    if question.units.policy is not UnitPolicy.NONE:
        writer.lose("gift_units", "GIFT has no units")
    if question.fractions or question.percent or question.precision is not None:
        writer.lose("gift_settings", "GIFT has no settings for fractions, percent and precision")
    lines = []
    for position, answer in enumerate(question.answers, 1):
        share = "" if answer.weight == 1 else _percent(answer.weight)
        feedback = writer.feedback(answer.feedback, question.content.format)
        if isinstance(answer, AnyNumber) and position == len(question.answers) and answer.weight == 0:
            lines.append(f"~{feedback}")
        else:
            lines.append(f"={share}{_answer_text(writer, answer)}{feedback}")
    return "#\n\t" + "\n\t".join(lines) + "\n"


def _answer_text(writer: _Writer, answer: Any) -> str:
    if isinstance(answer, AnyNumber):
        return "*"
    if isinstance(answer, RangeAnswer):
        if not (answer.low_included and answer.high_included):
            writer.lose("gift_range", "GIFT ranges always include both ends")
        return f"{answer.low:f}..{answer.high:f}"
    if isinstance(answer, RoundedAnswer):
        writer.lose("gift_rounding", "GIFT has no rounding; only the value is written")
        return f"{answer.value:f}"
    if answer.mode in {Tolerance.ABSOLUTE, Tolerance.NOMINAL}:
        return f"{answer.value:f}:{answer.tolerance:f}" if answer.tolerance else f"{answer.value:f}"
    writer.lose("gift_tolerance", "GIFT has no relative tolerance; the resulting range is written instead")
    return _as_range(answer)


def _as_range(answer: NumberAnswer) -> str:
    low, high = answer.ends()
    if answer.mode is Tolerance.RELATIVE:  # the ends are decimals of 80 places at most
        return f"{_exact.plain(_exact.rounded(low, 80)):f}..{_exact.plain(_exact.rounded(high, 80)):f}"
    return f"{_exact.rounded(low, 20):f}..{_exact.rounded(high, 20):f}"


def _pairs(writer: _Writer, question: Matching) -> str:
    inherited = question.content.format
    if not question.shuffle:
        writer.lose("gift_settings", "GIFT has no setting for the order of premises")
    lines = [
        f"={_arrowless(writer, pair.premise, inherited)} -> {_arrowless(writer, pair.choice, None)}"
        for pair in question.pairs
    ]
    lines += [f"= -> {_arrowless(writer, distractor, None)}" for distractor in question.distractors]
    return "\n\t" + "\n\t".join(lines) + "\n"


def _arrowless(writer: _Writer, text: Text, inherited: TextFormat | None) -> str:
    if "->" in text.text:
        raise BadItem("gift_arrow", "GIFT cannot represent an arrow `->` inside a pair")
    if inherited is None and text.format is not TextFormat.PLAIN:
        writer.lose("gift_choice_format", "In GIFT the choices of a matching question are plain text")
    return _escape(text.text.strip()) if inherited is None else writer.text(text, inherited)


def _judged(writer: _Writer, question: TrueFalse) -> str:
    right, wrong = question.feedback_true, question.feedback_false
    if not question.answer:
        right, wrong = wrong, right
    inherited = question.content.format
    feedback = writer.feedback(wrong, inherited)
    if right:
        feedback = f"{feedback or '#'}{writer.feedback(right, inherited)}"
    return f"{'TRUE' if question.answer else 'FALSE'}{feedback}"


def _empty(writer: _Writer, question: Essay) -> str:
    if question.grader_notes or question.template or question.max_words or question.min_words:
        writer.lose("gift_essay", "GIFT has no notes, limits or templates for essays")
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
    """Write questions as GIFT. What GIFT cannot represent becomes a problem: a warning if only a part is lost."""
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
        for code, message in writer.lost:
            problems.add(FileProblem(line, number, code, message, Severity.WARNING))
        lines += [*block.split("\n"), ""]
    return WriteReport("\n".join(lines), problems.reported, problems.more, problems.lost)


def _block(writer: _Writer, question: Question) -> str:
    if question.type != "description" and question.type not in _WRITERS:
        raise BadItem("gift_type", "GIFT has no such question type")
    if question.hints:
        writer.lose("gift_hints", "GIFT has no hints")
    if question.points != 1 and question.type != "description":
        writer.lose("gift_points", "GIFT has no points; every question has 1 point there")
    if question.language is not None:
        writer.lose("gift_language", "GIFT has no language")
    remarks = [f"[id:{_bracket(question.source_id)}]"] if question.source_id else []
    remarks += [f"[tag:{_bracket(tag)}]" for tag in question.tags]
    comment = f"// {' '.join(remarks)}\n" if remarks else ""
    title = f"::{_escape(question.title)}::" if question.title else ""
    prompt = writer.text(question.content)
    if question.type == "description":
        if question.general_feedback:
            writer.lose("gift_feedback", "GIFT has no feedback for a description")
        return f"{comment}{title}{prompt}"
    answers = _WRITERS[question.type](writer, question)
    if question.general_feedback:
        answers += f"####{writer.text(question.general_feedback, question.content.format)}"
    braces = f"{{{answers}}}"
    # The answers of a missing-word question replace the word; at the end of the text this would read as a plain prompt.
    if prompt.count(BLANK) == 1 and "______" not in prompt and not prompt.endswith(BLANK):
        return f"{comment}{title}{prompt.replace(BLANK, braces)}"
    return f"{comment}{title}{prompt} {braces}" if prompt else f"{comment}{title}{braces}"


def _bracket(text: str) -> str:
    return re.sub(r"([\\\]])", r"\\\1", " ".join(text.split()))
