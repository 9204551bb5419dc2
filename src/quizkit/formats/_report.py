"""The reports of reading and writing files: the questions, and the problems by line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from quizkit.errors import Unreadable
from quizkit.questions import Question
from quizkit.questions._unicode import LONE

__all__ = ["FileProblem", "FileQuestion", "ImportReport", "Problems", "Severity", "WriteReport", "decoded", "items_of"]

MAX_BYTES: Final = 50_000_000
MAX_PROBLEMS: Final = 1_000


class Severity(StrEnum):
    """The severity of a problem: an item is missing (error), or a part of it is (warning)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One problem of a file. It contains no text of the file.

    Attributes:
        line: the line of the file, from 1; in a written file, the first line of the item. None if there is no line.
        item: the position of the item in the file, from 1.
        code: a stable identifier for programs.
        message: one sentence for a person.
        severity: error: the item is not in the result; warning: a part of it is lost.
    """

    line: int | None
    item: int
    code: str
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """A question of a file, with its line and its category."""

    question: Question
    line: int | None = None
    category: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of reading a file: every valid item, and a problem for everything else.

    It has the first 1,000 problems; `more` is the number of further ones, `lost` the number of items lost in total.
    """

    items: tuple[FileQuestion, ...]
    problems: tuple[FileProblem, ...]
    more: int = 0
    lost: int = 0

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions, in the order of the file."""
        return tuple(item.question for item in self.items)

    @property
    def errors(self) -> tuple[FileProblem, ...]:
        """The listed problems with severity error."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class WriteReport:
    """The written text, and problems for what the format cannot represent, as in `ImportReport`."""

    text: str
    problems: tuple[FileProblem, ...]
    more: int = 0
    lost: int = 0

    @property
    def errors(self) -> tuple[FileProblem, ...]:
        """The listed problems with severity error."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


class Problems:
    """Collects the problems of one file: it keeps the first ones and counts the others, because there may be very many."""

    def __init__(self) -> None:
        self._reported: list[FileProblem] = []
        self.more = 0
        self.lost = 0

    def add(self, problem: FileProblem) -> None:
        """Add a problem, or only count it above the limit."""
        self.lost += problem.severity is Severity.ERROR
        if len(self._reported) < MAX_PROBLEMS:
            self._reported.append(problem)
        else:
            self.more += 1

    @property
    def reported(self) -> tuple[FileProblem, ...]:
        """The problems that were kept."""
        return tuple(self._reported)


def items_of(questions: Iterable[Question | FileQuestion]) -> Sequence[FileQuestion]:
    """Return the questions as items of a file."""
    return [item if isinstance(item, FileQuestion) else FileQuestion(item) for item in questions]


def decoded(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> str:
    r"""Return the text of a file in UTF-8, or in UTF-16 with a byte order mark, with `\n` as line ends.

    Raises:
        Unreadable: `file_too_large`, `file_not_text`.
    """
    if len(data) > max_bytes:
        raise Unreadable("file_too_large", f"The file is larger than {max_bytes} bytes", most=max_bytes)
    if isinstance(data, bytes):
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        with contextlib.suppress(UnicodeDecodeError):
            data = data.decode("utf-16" if wide else "utf-8-sig")
    if isinstance(data, bytes) or LONE.search(data):
        raise Unreadable("file_not_text", "The file is not UTF-8 text")
    return data.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
