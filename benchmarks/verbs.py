"""The hot paths of a taker, beside the same work written by hand on the bare driver (the floor).

Run it with `make bench`. PostgreSQL is QUIZKIT_TEST_POSTGRESQL or 127.0.0.1:5432; SQLite is a file in a temporary
place. Rounds are interleaved; ratios are what counts: absolute times mean nothing on a shared machine.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session

from quizkit import migrations
from quizkit.crud import Quizkit
from quizkit.models import models
from quizkit.questions import Choice, Option
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.sessions import configure_sqlite

SIZE: Final = 50
ROUNDS: Final = 30
Op = Callable[[], Any]


def quiz_of_fifty() -> QuizCreate:
    """Return a quiz of 50 questions with 4 options each."""
    asked = [
        Choice(content=f"Question {n}", options=[Option(content=f"{n}-{o}", correct=o == 0) for o in range(4)])
        for n in range(SIZE)
    ]
    return QuizCreate(title="Fifty", questions=asked)


class Bench:
    """The paths over one engine: quizkit's, and the floor's on the connection of the driver."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.kit = Quizkit(models)
        self.raw = engine.raw_connection()
        self.mark = "%s" if engine.dialect.name == "postgresql" else "?"
        self.taker = 0
        self.data = quiz_of_fifty()
        with Session(engine) as session, session.begin():
            quiz = self.kit.quizzes.create(session, self.data)
            self.kit.quizzes.publish(session, quiz.id)
        self.quiz_id = quiz.id
        self.paper = self.start()
        self.slot = 0

    def _in_session(self, work: Callable[[Session], Any]) -> Any:
        with Session(self.engine) as session, session.begin():
            return work(session)

    def create(self) -> Any:
        """H1: create a quiz of 50 questions."""
        return self._in_session(lambda session: self.kit.quizzes.create(session, self.data))

    def start(self) -> Any:
        """H3: start an attempt."""
        self.taker += 1
        taker = str(self.taker)
        return self._in_session(lambda session: self.kit.attempts.start(session, self.quiz_id, taker=taker))

    def paper_json(self) -> Any:
        """H2: the paper as bytes."""
        return self._in_session(lambda s: self.kit.attempts.paper_json(s, self.paper.attempt_id, taker="1"))

    def save(self) -> Any:
        """H4: save one answer."""
        self.slot += 1
        asked = self.paper.questions[self.slot % SIZE]
        picked = asked.view.options[self.slot % 4].id
        data = SaveResponse(slot=asked.slot, sequence=self.slot, response={"selected": [picked]})
        return self._in_session(lambda s: self.kit.attempts.save(s, self.paper.attempt_id, data, taker="1"))

    def _floor(self, *statements: tuple[str, tuple[Any, ...]]) -> Any:
        cursor: Any = self.raw.cursor()
        found = None
        if self.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        for text, values in statements:
            cursor.execute(text.replace("?", self.mark), values)
            if cursor.description:
                found = cursor.fetchall()
        self.raw.commit()
        cursor.close()
        return found

    def _id(self, one: uuid.UUID) -> Any:
        return one if self.engine.dialect.name == "postgresql" else one.hex

    def floor_start(self) -> Any:
        """Insert one attempt row by hand, and read the views."""
        self.taker += 1
        now = datetime.now(UTC)
        stored = now if self.engine.dialect.name == "postgresql" else now.replace(tzinfo=None).isoformat(" ")
        copied = (
            "INSERT INTO quizkit_attempt (id, taker_id, quiz_id, assignment_id, quiz_revision_id, purpose, number, "
            "state, open_marker, seed, algorithm, paper, policy, time_up, current_page, notes, late, started_at, "
            "max_score, needs_grading, created_at) SELECT ?, ?, quiz_id, assignment_id, quiz_revision_id, purpose, 1, "
            "'open', open_marker, seed, algorithm, paper, policy, time_up, 1, notes, late, ?, max_score, "
            "needs_grading, ? FROM quizkit_attempt WHERE id = ?"
        )
        made = self._id(uuid.uuid4())
        return self._floor((copied, (made, str(self.taker), stored, stored, self._id(self.paper.attempt_id))))

    def floor_paper(self) -> Any:
        """Fetch 50 stored views."""
        views = (
            "SELECT r.view FROM quizkit_attempt a JOIN quizkit_section c ON c.quiz_revision_id = a.quiz_revision_id "
            "JOIN quizkit_slot s ON s.section_id = c.id JOIN quizkit_question_revision r "
            "ON r.id = s.question_revision_id WHERE a.id = ?"
        )
        return self._floor((views, (self._id(self.paper.attempt_id),)))

    def floor_save(self) -> Any:
        """Upsert one row by hand, with the same guard."""
        self.slot += 1
        revision = self._revision()
        cast = "?::json" if self.engine.dialect.name == "postgresql" else "?"
        now = datetime.now(UTC)
        stored = now if self.engine.dialect.name == "postgresql" else now.replace(tzinfo=None).isoformat(" ")
        text = (
            "INSERT INTO quizkit_attempt_response (attempt_id, slot, question_revision_id, response, sequence, counts, "
            f"marker, received_at) SELECT id, ?, ?, {cast}, ?, true, 'choice/1', ? FROM quizkit_attempt WHERE id = ? AND "
            "state = 'open' ON CONFLICT (attempt_id, slot) DO UPDATE SET response = excluded.response, "
            "sequence = excluded.sequence WHERE quizkit_attempt_response.sequence < excluded.sequence"
        )
        response = json.dumps({"selected": ["x"], "none": False})
        values = (self.slot % SIZE + 1, revision, response, self.slot, stored, self._id(self.paper.attempt_id))
        return self._floor((text, values))

    _known: Any = None

    def _revision(self) -> Any:
        if self._known is None:
            self._known = self._floor(("SELECT id FROM quizkit_question_revision LIMIT 1", ()))[0][0]
        return self._known


def medians(pairs: dict[str, tuple[Op, Op | None]]) -> None:
    """Print the median of each path in milliseconds, and its ratio to its floor."""
    times: dict[str, list[float]] = {name: [] for name in pairs}
    floors: dict[str, list[float]] = {name: [] for name in pairs}
    for _ in range(ROUNDS):
        for name, (ours, floor) in pairs.items():
            before = time.perf_counter()
            ours()
            between = time.perf_counter()
            if floor is not None:
                floor()
                floors[name].append((time.perf_counter() - between) * 1000)
            times[name].append((between - before) * 1000)
    print(f"{'path':34} {'median ms':>10} {'floor ms':>9} {'× floor':>8}")
    for name in pairs:
        ours_ms = statistics.median(times[name])
        if floors[name]:
            floor_ms = statistics.median(floors[name])
            print(f"{name:34} {ours_ms:10.2f} {floor_ms:9.2f} {ours_ms / floor_ms:8.1f}")
        else:
            print(f"{name:34} {ours_ms:10.2f} {'-':>9} {'-':>8}")


def run(engine: Engine) -> None:
    """Measure one database."""
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    migrations.upgrade(engine)
    bench = Bench(engine)
    print(f"\n{engine.dialect.name}, driver {engine.dialect.driver}, {SIZE} questions, {ROUNDS} interleaved rounds")
    medians(
        {
            "H1 create a quiz of 50": (bench.create, None),
            "H2 the paper as bytes": (bench.paper_json, bench.floor_paper),
            "H3 start an attempt": (bench.start, bench.floor_start),
            "H4 save one answer": (bench.save, bench.floor_save),
        }
    )
    bench.raw.close()
    engine.dispose()


def main() -> None:
    """Measure SQLite, and PostgreSQL where there is one."""
    with tempfile.TemporaryDirectory() as place:
        run(create_engine(f"sqlite:///{Path(place) / 'bench.db'}"))
    server = os.environ.get("QUIZKIT_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
    name = f"quizkit_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            run(create_engine(make_url(server).set(drivername="postgresql+psycopg", database=name)))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


if __name__ == "__main__":
    main()
