"""Reading questions from tables of an application's own quiz code, in the two usual layouts.

`read_option_rows` reads one row for each option, with a flag for right options. `read_keyed` reads a list of options
with a key that names the right ones. Rows are plain tuples, such as the result of a SELECT.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from quizkit.errors import Invalid
from quizkit.formats._report import FileProblem, FileQuestion, ImportReport, Problems
from quizkit.questions import parse
from quizkit.questions._content import MAX_DIGITS

__all__ = ["Key", "KeyedRow", "OptionRow", "read_keyed", "read_option_rows"]

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class OptionRow(NamedTuple):
    """One option of a question, as from `SELECT q.id, q.text, o.text, o.is_correct, q.points …`."""

    question: Hashable
    content: str
    option: str | None
    correct: bool | int | None
    points: Decimal | int | str = 1


class KeyedRow(NamedTuple):
    """A question with its options and its key. Options are a list, a mapping from letters to texts, or the JSON of one."""

    content: str
    options: Sequence[str] | Mapping[str, str] | str
    key: Any
    points: Decimal | int | str = 1


class Key(StrEnum):
    """The meaning of a key. It is never guessed: with the options 1, 2, 3 the key 1 could be a text or a number from 0 or 1."""

    TEXT = "text"
    """The text of the right option."""
    LETTER = "letter"
    """A for the first option, B for the second and so on, or the letter in the mapping."""
    FROM_0 = "from_0"
    """The number of the right option, from 0."""
    FROM_1 = "from_1"
    """The number of the right option, from 1."""


class _Unfit(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_option_rows(rows: Iterable[OptionRow | tuple[Any, ...]]) -> ImportReport:
    """Read questions from rows of options. The rows of one question need not be adjacent.

    A question with several right options becomes a multiple choice. A question that cannot be read is reported as a
    problem with its position, from 1.
    """
    grouped: dict[Hashable, list[OptionRow]] = {}
    for row in rows:
        option = OptionRow(*row)
        grouped.setdefault(option.question, []).append(option)
    return _report(_from_rows(group) for group in grouped.values())


def read_keyed(rows: Iterable[KeyedRow | tuple[Any, ...]], *, key: Key) -> ImportReport:
    """Read questions from lists of options with a key; a list of keys stands for several right options."""
    return _report(_from_keyed(KeyedRow(*row), key) for row in rows)


class _Draft(NamedTuple):
    content: str
    options: list[str]
    right: list[bool]
    points: Any


def _from_rows(group: list[OptionRow]) -> _Draft | _Unfit:
    first = group[0]
    if any(row.content != first.content or row.points != first.points for row in group):
        return _Unfit("rows_differ", "The rows of this question have different texts or different points")
    offered = [row for row in group if row.option is not None]  # an outer join returns a row without an option
    right = []
    for row in offered:
        if row.correct not in (True, False):  # accepts 1 and 0 too
            return _Unfit("flag_unclear", "The flag of an option must be true or false")
        right.append(bool(row.correct))
    return _Draft(first.content, [str(row.option) for row in offered], right, first.points)


def _from_keyed(row: KeyedRow, key: Key) -> _Draft | _Unfit:
    options: Any = row.options
    if isinstance(options, str):
        try:
            options = from_json(options)
        except (ValueError, TypeError):  # the latter for text with lone surrogates
            return _Unfit("options_unreadable", "The options are text that is not valid JSON")
    names: list[Any]
    if isinstance(options, Mapping):
        names, texts = [str(name).upper() for name in options], list(options.values())
    elif isinstance(options, Sequence):
        names, texts = list(LETTERS), list(options)
    else:
        return _Unfit("options_unreadable", "The options must be a list or a mapping")
    if not all(isinstance(text, str) for text in texts):
        return _Unfit("options_unreadable", "An option is not a text")
    if key is Key.TEXT:
        names = texts
    elif key is not Key.LETTER:
        names = [str(number) for number in range(key is Key.FROM_1, len(texts) + 1)]
    keys = list(row.key) if isinstance(row.key, list | tuple | set | frozenset) else [row.key]
    wanted = {_name(label, key) for label in keys}
    right = [name in wanted for name, _ in zip_longest(names[: len(texts)], texts)]
    if sum(right) != len(wanted):
        return _Unfit("key_unknown", "Each key must name exactly one option")
    return _Draft(row.content, texts, right, row.points)


def _name(key: Any, kind: Key) -> str:
    if isinstance(key, int) and abs(key) >= 10**MAX_DIGITS:
        return ""  # matches no option; Python cannot convert an int of more than 4,300 digits to text
    return str(key).strip().upper() if kind is Key.LETTER else str(key).strip() if kind is not Key.TEXT else str(key)


def _report(drafts: Iterable[_Draft | _Unfit]) -> ImportReport:
    items = []
    problems = Problems()
    for number, draft in enumerate(drafts, 1):
        fault = draft if isinstance(draft, _Unfit) else _fault(draft)
        if fault is None and isinstance(draft, _Draft):
            try:
                items.append(FileQuestion(parse(_body(draft))))
            except Invalid as error:
                fault = _Unfit(error.code, error.message)
        if fault is not None:
            problems.add(FileProblem(None, number, fault.code, fault.message))
    return ImportReport(tuple(items), problems.reported, problems.more, problems.lost)


def _fault(draft: _Draft) -> _Unfit | None:
    if not any(draft.right):
        return _Unfit("no_right_option", "No option is right, so the points cannot be earned")
    if len(set(draft.options)) < len(draft.options):
        return _Unfit("options_equal", "Two options have the same text, so takers cannot distinguish them")
    return None


def _body(draft: _Draft) -> dict[str, Any]:
    return {
        "type": "choice",
        "content": draft.content,
        "points": draft.points,
        "multiple": sum(draft.right) > 1,
        "options": [{"content": o, "correct": r} for o, r in zip(draft.options, draft.right, strict=True)],
    }
