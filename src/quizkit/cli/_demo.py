"""`quizkit demo`: the main workflow, end to end, on a real database."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from quizkit import migrations, sessions
from quizkit.cli import _ask, _authoring, _exam, _show
from quizkit.crud import attempts, questions, quizzes
from quizkit.errors import Unreadable
from quizkit.formats import ImportReport, gift
from quizkit.migrations import read_url
from quizkit.questions import Question, View, score_table, state_of
from quizkit.rules.drawing import SeededRandom
from quizkit.schemas import Outcome, Paper, QuizCreate, QuizReturn, ReviewedQuestion, ReviewPolicy, Saved, SaveResponse
from quizkit.vocabulary import GradeState, ReviewCondition, ReviewMoment

__all__ = ["run"]

T = TypeVar("T")

FILE: Final = "rivers.gift"
PAGE: Final = 200


class Taker(NamedTuple):
    """A simulated taker, with the number of questions out of ten that they know, and that they skip."""

    name: str
    knows: int
    skips: int


TAKERS: Final = (Taker("Ada", 9, 0), Taker("Ben", 6, 1), Taker("Cem", 3, 2))


def example_file() -> bytes:
    """Return the example file, from the installed package or from a checkout."""
    packaged = files("quizkit.cli").joinpath(FILE)
    if packaged.is_file():
        return packaged.read_bytes()
    checkout = Path(__file__).parents[3] / "examples" / FILE
    if not checkout.is_file():
        raise Unreadable("file_missing", f"The example file {FILE} is not installed")
    return checkout.read_bytes()


def run(out: Console, err: Console, *, directory: Path | None, url: str | None, interactive: bool, seed: int) -> None:
    """Run the demo and print a report."""
    with ExitStack() as stack:
        if url is None:
            place = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quizkit-")))
            place.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{place / 'quiz.db'}"
        with err.status("Creating the tables through the migrations…"):
            migrations.upgrade(url)
        report = gift.read(example_file())
        _print_import(out, report)
        database = Database(url)
        empty = database.work(lambda session: quizzes.page(session, limit=1)).items == ()
        quiz = database.work(lambda session: _publish(session, report))
        out.print(f"Published [bold]{quiz.title}[/], revision {quiz.revision}, {len(report.questions)} questions.\n")
        if interactive:
            outcomes = {"You": _take_yourself(out, database, quiz.id)}
        else:
            outcomes = _simulate(out, err, database, quiz, seed)
        _print_results(out, outcomes)
        if not interactive:
            _exam.run(out, database, seed=seed, salt=b"" if empty else quiz.id.bytes)
            _authoring.run(out, database)
        if directory is not None:
            out.print(f"\nThe database is kept in {directory / 'quiz.db'}.", soft_wrap=True)


class Database:
    """Runs functions with a sync session for any kind of driver, and commits after each."""

    def __init__(self, url: str) -> None:
        self._url, self._is_async = read_url(url)

    def work(self, do: Callable[[Session], T]) -> T:
        """Run a function in its own transaction."""
        if self._is_async:
            return asyncio.run(self._work_async(do))
        engine = create_engine(self._url)
        try:
            if engine.dialect.name == "sqlite":
                sessions.configure_sqlite(engine)
            with Session(engine) as session, session.begin():
                return do(session)
        finally:
            engine.dispose()

    async def _work_async(self, do: Callable[[Session], T]) -> T:
        engine: AsyncEngine = create_async_engine(self._url)
        try:
            if engine.dialect.name == "sqlite":
                sessions.configure_sqlite(engine)
            async with AsyncSession(engine) as session, session.begin():
                return await session.run_sync(do)
        finally:
            await engine.dispose()


def _print_import(out: Console, report: ImportReport) -> None:
    kinds = sorted({question.type for question in report.questions})
    out.print(f"Read {len(report.questions)} questions of {len(kinds)} types from {FILE}: {', '.join(kinds)}.")
    for problem in report.problems:
        out.print(f"  line {problem.line}: {problem.message} ({problem.code})", style="yellow", markup=False)


def _publish(session: Session, report: ImportReport) -> QuizReturn[str]:
    made = quizzes.create(
        session,
        QuizCreate(
            title="Rivers of Europe",
            description="A quiz with every kind of question that GIFT supports.",
            questions=report.questions,
            max_attempts=1,
            review=ReviewPolicy(right_answer=ReviewMoment, right_answer_if=[ReviewCondition.USED_UP]),
            time_limit_seconds=1800,
        ),
    )
    return quizzes.publish(session, made.id)


# ---------------------------------------------------------------------------------------------- taking


def _keys(session: Session, bank_id: uuid.UUID) -> dict[str, Question]:
    """Return the author's questions by type and prompt, so that simulated takers can know the answers."""
    found = questions.page(session, bank_id=bank_id, limit=PAGE)
    written = [item.question for item in found.items if item.question is not None]
    return {_prompt_of(question.view()): question for question in written}


def _prompt_of(view: View) -> str:
    return f"{view.type} {view.content.text}"


class TakerAttempt:
    """One taker's attempt at one quiz; each step is a separate transaction, as in an application."""

    def __init__(self, database: Database, quiz_id: uuid.UUID, taker: str) -> None:
        self.database = database
        self.taker = taker

        def start(session: Session) -> Paper:
            return attempts.start(session, quiz_id, taker=taker)

        self.paper = database.work(start)

    def save(self, data: SaveResponse) -> Saved:
        """Save one response."""

        def save(session: Session) -> Saved:
            return attempts.save(session, self.paper.attempt_id, data, taker=self.taker)

        return self.database.work(save)

    def submit(self) -> Outcome:
        """Submit the attempt."""

        def submit(session: Session) -> Outcome:
            return attempts.submit(session, self.paper.attempt_id, taker=self.taker)

        return self.database.work(submit)


def _simulate(out: Console, err: Console, database: Database, quiz: QuizReturn[str], seed: int) -> dict[str, Outcome]:
    keys = database.work(lambda session: _keys(session, quiz.bank_id))
    outcomes: dict[str, Outcome] = {}
    with _progress(err) as progress:
        for taker in TAKERS:
            attempt = TakerAttempt(database, quiz.id, taker.name)
            if not outcomes:
                out.print(_show.paper_panel(attempt.paper, taker.name))
            total = len(attempt.paper.questions)
            task = progress.add_task(f"{taker.name} takes the quiz", total=total)
            for saved in _answers(attempt.paper, taker, keys, seed):
                attempt.save(saved)
                progress.update(task, completed=saved.slot)
            progress.update(task, completed=total)
            outcomes[taker.name] = attempt.submit()
    return outcomes


@contextmanager
def _progress(err: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, console=err, transient=True)
    if not err.is_terminal:  # not started, so that nothing is written to a file
        yield progress
        return
    with progress:
        yield progress


def _answers(paper: Paper, taker: Taker, keys: Mapping[str, Question], seed: int) -> Iterator[SaveResponse]:
    """Yield the responses of a simulated taker; some answers are changed once."""
    for shown in paper.questions:
        question = keys[_prompt_of(shown.view)]
        # By question, not by slot, so that a run is reproducible although each attempt has its own order.
        rng = SeededRandom(seed.to_bytes(16, "big"), f"{taker.name} {_prompt_of(shown.view)}")
        luck = rng.below(10)
        if question.type == "description" or luck >= 10 - taker.skips:
            continue
        wrong, right = _wrong(question, rng), _right(question, taker)
        first = wrong if rng.below(4) == 0 else None
        last = right if luck < taker.knows else wrong
        for sequence, response in enumerate([response for response in (first, last) if response is not None], 1):
            yield SaveResponse(slot=shown.slot, response=response, sequence=sequence)


def _right(question: Question, taker: Taker) -> Any:
    if question.type == "essay":
        return {"text": f"Because water takes the easiest way, and that way changes. ({taker.name})"}
    key = question.key()
    return key.model_dump(mode="json") if key is not None else None


def _wrong(question: Question, rng: SeededRandom) -> Any:
    rows = [
        row
        for row in score_table(question).rows
        if state_of(row.fraction) is not GradeState.RIGHT and not row.response.is_blank()
    ]
    return rows[rng.below(len(rows))].response.model_dump(mode="json") if rows else None


def _take_yourself(out: Console, database: Database, quiz_id: uuid.UUID) -> Outcome:
    attempt = TakerAttempt(database, quiz_id, "you")
    out.print("Answer each question. Press Enter to skip one.\n")
    for shown in attempt.paper.questions:
        head, *rest = _show.lines_of(shown.view)
        out.print("\n".join([f"[bold]{shown.slot}.[/] {head}", *rest]))
        store = partial(_store, attempt, shown.slot, itertools.count(1))
        _ask.until_stored(out, shown.view, store)
    return attempt.submit()


def _store(attempt: TakerAttempt, slot: int, sequences: Iterator[int], response: Any) -> Saved:
    return attempt.save(SaveResponse(slot=slot, response=response, sequence=next(sequences)))


def _print_results(out: Console, outcomes: Mapping[str, Outcome]) -> None:
    waiting: list[tuple[str, ReviewedQuestion]] = []
    for taker, outcome in outcomes.items():
        out.print(_show.result_table(outcome, taker))
        waiting += [(taker, q) for q in outcome.questions if q.state is GradeState.NEEDS_GRADING]
    out.print(_show.waiting_panel(waiting))
