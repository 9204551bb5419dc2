"""quizkit's own format: lossless, versioned JSON, with one question on each line for readable diffs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic_core import from_json

from quizkit.errors import Invalid, Unreadable
from quizkit.formats._report import FileProblem, FileQuestion, ImportReport, Problems, WriteReport, decoded, items_of
from quizkit.questions import Question, UnknownQuestion, parse

__all__ = ["FORMAT", "VERSION", "read", "write"]

FORMAT: Final = "quizkit-questions"
VERSION: Final = 1


def read(data: bytes | str) -> ImportReport:
    """Read questions from quizkit's JSON.

    Raises:
        Unreadable: the file is not of this format: `file_too_large`, `file_not_text`, `file_not_json`,
            `file_other_format`, `file_newer`.
    """
    text = decoded(data)
    lines = _lines(text)
    items = []
    problems = Problems()
    for number, item in enumerate(_items(text), 1):
        line = next(lines, None)
        try:
            items.append(_item(item, line))
        except Invalid as error:
            problems.add(FileProblem(line, number, error.code, error.message))
    return ImportReport(tuple(items), problems.reported, problems.more, problems.lost)


def _document(text: str) -> Any:
    with contextlib.suppress(ValueError):
        return from_json(text)
    raise Unreadable("file_not_json", "The file is not valid JSON")


def _items(text: str) -> list[Any]:
    document = _document(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unreadable("file_other_format", f'The file has no "format": "{FORMAT}"')
    version, questions = document.get("version"), document.get("questions")
    if not isinstance(version, int) or isinstance(version, bool) or not isinstance(questions, list):
        raise Unreadable("file_other_format", "The file has no version or no list of questions")
    if version > VERSION:
        raise Unreadable(
            "file_newer", f"The file has a newer version; this release of quizkit reads versions up to {VERSION}"
        )
    return questions


def _item(item: Any, line: int | None) -> FileQuestion:
    category = item.get("category", []) if isinstance(item, dict) else None
    if not isinstance(category, list) or not all(isinstance(part, str) for part in category):
        raise Invalid("question_invalid", "An item must be an object with a question and a category")
    return FileQuestion(parse(item.get("question")), line, tuple(category))


def _lines(text: str) -> Iterator[int]:
    """Yield the first line of each item of the list of questions, in linear time."""
    counted, line = 0, 1
    with contextlib.suppress(ValueError, RecursionError):
        for start in _starts(text, json.JSONDecoder()):
            line += text.count("\n", counted, start)
            counted = start
            yield line


def _starts(text: str, decoder: json.JSONDecoder) -> Iterator[int]:
    at = text.index("{") + 1
    while True:  # skip the members of the document before its questions
        at = _skip(text, at)
        name, at = decoder.raw_decode(text, at)
        at = _skip(text, text.index(":", at) + 1)
        if name == "questions":
            break
        _, at = decoder.raw_decode(text, at)
        at = text.index(",", at) + 1
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\n\r":
        at += 1
    return at


def write(questions: Iterable[Question | FileQuestion]) -> WriteReport:
    """Write questions as quizkit's JSON. The format is lossless, so there are no problems."""
    lines = []
    for item in items_of(questions):
        question = item.question
        body = question.body if isinstance(question, UnknownQuestion) else question.model_dump(mode="json")
        lines.append(_dump({"category": list(item.category), "question": body}))
    head = f'{{"format": "{FORMAT}", "version": {VERSION}, "questions": ['
    return WriteReport("\n".join([head, ",\n".join(lines), "]}", ""]) if lines else f"{head}]}}\n", ())


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
