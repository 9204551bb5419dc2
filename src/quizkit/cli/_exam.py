"""The second part of `quizkit demo`: an exam with a draw, hints, an override, and reviews before and after it closes.

The time is always an argument: the exam takes place on one day in 2030, from nine to ten.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from quizkit.cli._show import one_line, points
from quizkit.crud import assignments, attempts, banks, categories, questions, quizzes, supervision
from quizkit.questions import Hint, Question, ShortAnswer, Text, TextAnswer, TrueFalse
from quizkit.rules.drawing import SeededRandom
from quizkit.schemas import (
    AccessReport,
    AccessSettings,
    AssignmentCreate,
    BankCreate,
    CategoryCreate,
    Checked,
    CheckResponse,
    DrawSlot,
    Outcome,
    Paper,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    SaveResponse,
    SectionOutline,
    SupervisedAttempt,
)
from quizkit.vocabulary import Behaviour, uuid7

__all__ = ["run"]

T = TypeVar("T")

NINE: Final = datetime(2030, 5, 6, 9, 0, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
CLOSES: Final = NINE + 60 * MINUTE

STATEMENTS: Final = {
    "The Rhine flows into the North Sea.": True,
    "The Po flows into the Black Sea.": False,
    "The Seine flows through Paris.": True,
    "The Tiber rises in the Alps.": False,
    "The Oder flows into the Baltic Sea.": True,
    "The Loire is longer than the Danube.": False,
    "The Vltava flows through Prague.": True,
    "The Ebro flows through Madrid.": False,
}


class _Works(Protocol):
    def work(self, do: Callable[[Session], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class _Exam:
    database: _Works
    quiz_id: uuid.UUID
    assignment_id: uuid.UUID
    seed: int

    def start(self, taker: str) -> Paper:
        """Start an attempt at nine, with a seed from the taker and the demo, so that a run is reproducible."""
        mine = SeededRandom(self.seed.to_bytes(16, "big"), taker).below(1 << 63).to_bytes(16, "big")

        def start(session: Session) -> Paper:
            return attempts.start(
                session, self.quiz_id, taker=taker, assignment_id=self.assignment_id, seed=mine, now=NINE
            )

        return self.database.work(start)


def run(out: Console, database: _Works, *, seed: int, salt: bytes) -> None:
    """Run the exam and print what its author and its takers see. `salt` makes the ids of different runs distinct."""
    exam = _create_exam(database, seed, salt)
    out.rule("[bold]An exam[/], from nine to ten", style="dim", align="left")
    papers = {taker: exam.start(taker) for taker in ("Ada", "Ben")}
    out.print(_drawn(papers))
    out.print(_tried(exam, papers["Ada"]))
    _override(exam)
    out.print(_explained(exam))
    _finish(exam, papers["Ada"], "Ada", NINE + 20 * MINUTE)
    for table in (_reviewed(exam, papers), _supervised(exam)):
        out.print(table)


# ---------------------------------------------------------------------------------------------- the author


def _create_exam(database: _Works, seed: int, salt: bytes) -> _Exam:
    ids = _ids(seed, salt)

    def give(session: Session) -> _Exam:
        made: dict[str, Any] = {"now": NINE - 60 * MINUTE, "new_id": lambda: next(ids)}
        bank = banks.create(session, BankCreate(name="Rivers"), **made).id
        seas = categories.create(session, CategoryCreate(bank_id=bank, name="Seas and cities"), **made).id
        statements = [TrueFalse(content=text, answer=answer) for text, answer in STATEMENTS.items()]
        questions.add(session, statements, bank_id=bank, category_id=seas, **made)
        (hinted,) = questions.add(session, [_hinted()], bank_id=bank, **made)
        quiz = quizzes.create(
            session, QuizCreate(title="Rivers, an exam", behaviour=Behaviour.INTERACTIVE, max_attempts=1), **made
        )
        draw = SectionOutline(shuffle=True, slots=[DrawSlot(bank_id=bank, category_id=seas, count=3)])
        last = SectionOutline(slots=[QuestionSlot(question_id=hinted.id, points=3)])
        quizzes.set_outline(session, quiz.id, QuizOutline(sections=[draw, last]), **made)
        quizzes.publish(session, quiz.id, **made)
        when = AssignmentCreate(quiz_id=quiz.id, context="7b", zone="UTC", opens_at=NINE, closes_at=CLOSES)
        return _Exam(database, quiz.id, assignments.create(session, when, **made).id, seed)

    return database.work(give)


def _ids(seed: int, salt: bytes) -> Iterator[uuid.UUID]:
    """Yield ids that are the same in every run, because draws depend on them."""
    for number in itertools.count():
        rng = SeededRandom(seed.to_bytes(16, "big") + salt, f"id {number}")
        yield uuid7(NINE, rng.below(1 << 63).to_bytes(8, "big"))


def _hinted() -> Question:
    return ShortAnswer(
        content="Which river flows through four capitals?",
        answers=[TextAnswer(text="Danube"), TextAnswer(text="Donau", weight="1/2"), TextAnswer(text="*", weight=0)],
        hints=[Hint(content="It rises in the Black Forest."), Hint(content="Strauss wrote a waltz about it.")],
        general_feedback="Vienna, Bratislava, Budapest and Belgrade.",
    )


def _override(exam: _Exam) -> None:
    longer = AccessSettings(closes_at=CLOSES + 30 * MINUTE)

    def override(session: Session) -> None:
        assignments.override(session, exam.assignment_id, longer, taker="Ben", reason="Was ill", now=NINE)
        assignments.extend(session, exam.assignment_id, seconds=1800, taker="Ben", reason="Was ill", now=NINE)

    exam.database.work(override)


# ---------------------------------------------------------------------------------------------- tables


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold", expand=True)
    for column in columns:
        table.add_column(column)
    return table


def _drawn(papers: dict[str, Paper]) -> Table:
    table = _table(f"Each paper draws 3 of {len(STATEMENTS)} questions, in its own order", "#", *papers)
    columns = [[one_line(question.view.content, 40) for question in paper.questions] for paper in papers.values()]
    for number, row in enumerate(zip(*columns, strict=True), 1):
        table.add_row(str(number), *row)
    return table


def _tried(exam: _Exam, paper: Paper) -> Table:
    title = "Ada tries question 4 for 3 points: each try costs a third, and shows a hint"
    table = _table(title, "Try", "Answer", "Result", "Points now", "Hint")
    for number, text in enumerate(("Rhine", "Donau", "Danube"), 1):
        seen = _check(exam, paper, number, text).question
        marked = "" if seen.state is None else seen.state.value
        table.add_row(str(number), text, marked, points(seen.points), one_line(seen.hint or Text(text="")))
    return table


def _check(exam: _Exam, paper: Paper, number: int, text: str) -> Checked:
    data = CheckResponse(slot=4, sequence=number, number=number, response={"text": text})
    named: dict[str, Any] = {"taker": "Ada", "now": NINE + number * MINUTE}

    def check(session: Session) -> Checked:
        done = attempts.check(session, paper.attempt_id, data, **named)
        attempts.try_again(session, paper.attempt_id, slot=4, **named)
        return done

    return exam.database.work(check)


def _explained(exam: _Exam) -> Table:
    reports = {taker: exam.database.work(_explain(exam, taker)) for taker in ("Ada", "Ben")}
    table = _table("Ben was ill: the access rules of both takers, and their sources", "", *reports)
    for name in ("opens_at", "closes_at", "max_attempts", "time_limit_seconds"):
        found = [next(value for value in report.values if value.name == name) for report in reports.values()]
        table.add_row(
            name.replace("_", " "), *(f"{_short(value.value)} [dim]({value.source.value})[/]" for value in found)
        )
    return table


def _explain(exam: _Exam, taker: str) -> Callable[[Session], AccessReport]:
    def explain(session: Session) -> AccessReport:
        return attempts.explain_access(
            session, exam.quiz_id, taker=taker, assignment_id=exam.assignment_id, now=NINE + 5 * MINUTE
        )

    return explain


def _short(value: Any) -> str:
    return "no limit" if value is None else f"{value:%H:%M}" if isinstance(value, datetime) else str(value)


def _finish(exam: _Exam, paper: Paper, taker: str, at: datetime) -> None:
    def finish(session: Session) -> Outcome:
        return attempts.submit(session, paper.attempt_id, taker=taker, now=at)

    exam.database.work(finish)


def _reviewed(exam: _Exam, papers: dict[str, Paper]) -> Table:
    table = _table("Ada reviews question 4 of her result", "", "Moment", "Points", "Right answer", "Feedback")
    for at, note in ((NINE + 30 * MINUTE, "before it closes"), (CLOSES + MINUTE, "closed, but Ben can still answer")):
        _add_review(table, exam, papers["Ada"], at, note)
    _end(exam, papers["Ben"])
    _add_review(table, exam, papers["Ada"], CLOSES + 31 * MINUTE, "nobody can answer any longer")
    return table


def _end(exam: _Exam, paper: Paper) -> None:
    """Save a response of Ben; then staff finish everybody who is still at work."""
    data = SaveResponse(slot=4, response={"text": "Donau"})

    def end(session: Session) -> None:
        attempts.save(session, paper.attempt_id, data, taker="Ben", now=CLOSES + 10 * MINUTE)
        more = True
        while more:
            more = supervision.finish_all(
                session,
                assignment_id=exam.assignment_id,
                actor="Teacher",
                reason="The room is needed",
                now=CLOSES + 20 * MINUTE,
            ).more

    exam.database.work(end)


def _supervised(exam: _Exam) -> Table:
    table = _table("At 10:20 staff finish everybody who is still at work", "", "Answered", "Score", "Finished", "By")
    for attempt, by in exam.database.work(lambda session: _attempts(session, exam)):
        answered, at = f"{attempt.answered} of {attempt.question_count}", f"{attempt.submitted_at:%H:%M}"
        table.add_row(str(attempt.taker_id), answered, points(attempt.score), at, by)
    return table


def _attempts(session: Session, exam: _Exam) -> list[tuple[SupervisedAttempt[str], str]]:
    """Return the attempts of the exam, each with who finished it."""
    here: dict[str, Any] = {"assignment_id": exam.assignment_id}
    by = {one.attempt_id: f"{one.actor_id}: {one.reason}" for one in supervision.events(session, **here).items}
    page = supervision.page(session, **here)
    return [(one, by.get(one.id, str(one.taker_id))) for one in sorted(page.items, key=lambda one: str(one.taker_id))]


def _add_review(table: Table, exam: _Exam, paper: Paper, at: datetime, note: str) -> None:
    def review(session: Session) -> Outcome:
        return attempts.result(session, paper.attempt_id, taker="Ada", now=at)

    outcome = exam.database.work(review)
    question = outcome.questions[3]
    key = "[dim]not shown[/]" if question.right_response is None else question.right_response.model_dump()["text"]
    feedback = "" if question.general_feedback is None else one_line(question.general_feedback)
    earned = f"{points(question.points)} of {points(question.max_points)}"
    table.add_row(f"{at:%H:%M}, {note}", outcome.moment.value.replace("_", " "), earned, key, feedback)
