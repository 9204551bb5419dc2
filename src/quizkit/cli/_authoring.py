"""The third part of `quizkit demo`: a question that is written bit by bit, and its quiz, which waits for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from rich.console import Console
from sqlalchemy.orm import Session

from quizkit.crud import questions, quizzes
from quizkit.errors import Invalid
from quizkit.questions import QuestionDraft
from quizkit.schemas import QuestionReturn, QuizCreate

__all__ = ["run"]

T = TypeVar("T")

FIRST: Final = {"type": "choice", "content": "Which lake is the deepest?"}
STEPS: Final[tuple[dict[str, Any], ...]] = (
    {"options": [{"content": "Lake Como", "correct": True}]},
    {"options": [{"content": "Lake Como", "correct": True}, {"content": "Lake Balaton"}]},
)


class _Works(Protocol):
    def work(self, do: Callable[[Session], T]) -> T: ...


def run(out: Console, database: _Works) -> None:
    """Write a question in three steps, try to publish its quiz after each, and print what the author sees."""
    out.print("\nAn author writes a question in steps; its quiz is published when the question is complete.")
    data = QuizCreate(title="Lakes of Europe", questions=[QuestionDraft(body=FIRST)])
    quiz = database.work(lambda session: quizzes.create(session, data))
    (written,) = database.work(lambda session: questions.page(session, bank_id=quiz.bank_id)).items
    _print_step(out, written, _publish(database, quiz.id))
    for step in STEPS:
        written = _revise(database, written.id, QuestionDraft(body={**FIRST, **step}))
        _print_step(out, written, _publish(database, quiz.id))


def _revise(database: _Works, question_id: uuid.UUID, draft: QuestionDraft) -> QuestionReturn:
    return database.work(lambda session: questions.revise(session, question_id, draft))


def _publish(database: _Works, quiz_id: uuid.UUID) -> str:
    try:
        published = database.work(lambda session: quizzes.publish(session, quiz_id))
    except Invalid as invalid:
        return f"publishing is refused: {invalid.problems[0].code}"
    return f"published, revision {published.revision}"


def _print_step(out: Console, written: QuestionReturn, publishing: str) -> None:
    found = [f"{problem.path}: {problem.message} ({problem.code})" for problem in written.problems]
    state = "; ".join(found) or f"complete, revision {written.revision}"
    out.print(f"  {written.type}: {state}; {publishing}.", markup=False, soft_wrap=True)
