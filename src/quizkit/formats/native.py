"""quizkit's own format: versioned JSON that loses nothing. One question on each line, so that diffs are readable."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic_core import from_json

from quizkit.errors import Invalid, Unreadable
from quizkit.formats._report import FileProblem, FileQuestion, ImportReport, WriteReport, decoded, items_of
from quizkit.questions import Question, UnknownQuestion, parse

__all__ = ["FORMAT", "VERSION", "read", "write"]

FORMAT: Final = "quizkit-questions"
VERSION: Final = 1


def read(data: bytes | str) -> ImportReport:
    """Read questions from quizkit's JSON.

    Raises:
        Unreadable: the file as a whole is not one: `file_too_large`, `file_not_text`, `file_not_json`,
            `file_other_format`, `file_newer`.
    """
    text = decoded(data)
    found = _items(text)
    items, problems = [], []
    lines: list[int] | None = None
    for number, one in enumerate(found, 1):
        try:
            item = _item(one)
        except Invalid as error:
            lines = _lines(text) if lines is None else lines
            line = lines[number - 1] if number <= len(lines) else None
            problems.append(FileProblem(line, number, error.code, error.message))
        else:
            items.append(item)
    if items:
        lines = _lines(text) if lines is None else lines
    placed = _placed(items, lines or [], {problem.item for problem in problems})
    return ImportReport(tuple(placed), tuple(problems))


def _document(text: str) -> Any:
    with contextlib.suppress(ValueError):
        return from_json(text)
    raise Unreadable("file_not_json", "The file is not valid JSON")


def _items(text: str) -> list[Any]:
    document = _document(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unreadable("file_other_format", f"The file does not say that it is of the format {FORMAT}")
    version, questions = document.get("version"), document.get("questions")
    if not isinstance(version, int) or isinstance(version, bool) or not isinstance(questions, list):
        raise Unreadable("file_other_format", "The file has no version or no list of questions")
    if version > VERSION:
        raise Unreadable("file_newer", f"The file is of a newer version; this quizkit reads up to {VERSION}")
    return questions


def _item(one: Any) -> FileQuestion:
    if not isinstance(one, dict) or not isinstance(one.get("category", []), list):
        raise Invalid("question_invalid", "The item is not an object with a question and a category")
    category = tuple(str(part) for part in one.get("category", []))
    return FileQuestion(parse(one.get("question")), None, category)


def _placed(items: list[FileQuestion], lines: list[int], failed: set[int]) -> list[FileQuestion]:
    numbers = [n for n in range(1, len(items) + len(failed) + 1) if n not in failed]
    return [
        FileQuestion(item.question, lines[number - 1] if number <= len(lines) else None, item.category)
        for item, number in zip(items, numbers, strict=True)
    ]


def _lines(text: str) -> list[int]:
    """Return the line on which each item of the list of questions begins."""
    decoder = json.JSONDecoder()
    try:
        return [text.count("\n", 0, at) + 1 for at in _starts(text, decoder)]
    except (ValueError, RecursionError):
        return []


def _starts(text: str, decoder: json.JSONDecoder) -> list[int]:
    at = text.index("{") + 1
    while True:  # the members of the document, until its questions
        at = _skip(text, at)
        name, at = decoder.raw_decode(text, at)
        at = _skip(text, text.index(":", at) + 1)
        if name == "questions":
            break
        _, at = decoder.raw_decode(text, at)
        at = text.index(",", at) + 1
    starts = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        starts.append(at)
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return starts


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\n\r":
        at += 1
    return at


def write(questions: Iterable[Question | FileQuestion]) -> WriteReport:
    """Write questions as quizkit's JSON. Nothing is lost, so there are no problems."""
    lines = []
    for item in items_of(questions):
        question = item.question
        body = question.body if isinstance(question, UnknownQuestion) else question.model_dump(mode="json")
        lines.append(_dump({"category": list(item.category), "question": body}))
    head = f'{{"format": "{FORMAT}", "version": {VERSION}, "questions": ['
    return WriteReport("\n".join([head, ",\n".join(lines), "]}", ""]) if lines else f"{head}]}}\n", ())


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
