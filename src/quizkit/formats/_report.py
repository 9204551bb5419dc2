"""What reading and writing files give back: the questions, and everything that went wrong, by line."""

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
    """Whether something is missing from the result (error), or there but not all of it (warning)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that went wrong. Holds no text of the file.

    Attributes:
        line: the line of the file, from 1; of a written file, where its item begins. None if there is no line.
        item: the position of the item among those of the file, from 1.
        code: stable, for programs.
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
    """A question of a file: where it stood, and the category that it was filed under."""

    question: Question
    line: int | None = None
    category: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was read: every item that could be, and a problem for everything that could not.

    The first 1,000 problems are told; `more` is how many there are beside them, `lost` how many items all of them cost.
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
        """The problems that cost an item, of those that are told."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What was written, and what the format could not hold: as in `ImportReport`."""

    text: str
    problems: tuple[FileProblem, ...]
    more: int = 0
    lost: int = 0

    @property
    def errors(self) -> tuple[FileProblem, ...]:
        """The problems that cost an item, of those that are told."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


class Problems:
    """The problems of one file, the first ones told and the others counted: a file may be made of nothing else."""

    def __init__(self) -> None:
        self._told: list[FileProblem] = []
        self.more = 0
        self.lost = 0

    def add(self, problem: FileProblem) -> None:
        """Tell one more, or only count it."""
        self.lost += problem.severity is Severity.ERROR
        if len(self._told) < MAX_PROBLEMS:
            self._told.append(problem)
        else:
            self.more += 1

    @property
    def told(self) -> tuple[FileProblem, ...]:
        """The first ones."""
        return tuple(self._told)


def items_of(questions: Iterable[Question | FileQuestion]) -> Sequence[FileQuestion]:
    """Return the questions as items of a file."""
    return [item if isinstance(item, FileQuestion) else FileQuestion(item) for item in questions]


def decoded(data: bytes | str, *, most: int = MAX_BYTES) -> str:
    r"""Return the text of a file in UTF-8, or in UTF-16 with a byte order mark; line ends become `\n`.

    Raises:
        Unreadable: `file_too_large`, `file_not_text`.
    """
    if len(data) > most:
        raise Unreadable("file_too_large", f"The file is larger than {most} bytes", most=most)
    if isinstance(data, bytes):
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        with contextlib.suppress(UnicodeDecodeError):
            data = data.decode("utf-16" if wide else "utf-8-sig")
    if isinstance(data, bytes) or LONE.search(data):
        raise Unreadable("file_not_text", "The file is not text in UTF-8")
    return data.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
