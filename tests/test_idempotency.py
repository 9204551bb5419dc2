"""Every verb that writes, repeated because the reply to COMMIT was lost: it takes effect once and returns the same."""

from __future__ import annotations

import functools
import inspect
import json
import os
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import URL, Delete, Engine, Insert, Update, create_engine, event, make_url, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from conftest import DATABASES, ROUNDS, Database, on_mariadb, on_postgresql, on_sqlite, together
from quizkit import migrations
from quizkit.crud import Quizkit, VerbGroup, assignments, banks, categories, kit, questions, quizzes
from quizkit.errors import Invalid, NotFound, Refused, UsageError
from quizkit.models import Base, UtcDateTime, models
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    BankCreate,
    CategoryCreate,
    QuizCreate,
    QuizUpdate,
)
from quizkit.sessions import configure_sqlite, run_transaction
from quizkit.vocabulary import uuid7
from ready import ASKED, Ready
from test_transactions import ALONE

PAGE = Path(__file__).parents[1] / "docs/reference/verbs.md"
READS = ALONE - {"save"}


def new_id() -> uuid.UUID:
    return uuid7(datetime.now(UTC), os.urandom(8))


# The arguments with which a client makes a call repeatable.
GIVEN: dict[str, Callable[[], dict[str, Any]]] = {
    "start": lambda: {"attempt_id": new_id()},
    "preview": lambda: {"attempt_id": new_id()},
    "create": lambda: {"quiz_id": new_id()},
    "add": lambda: {"question_ids": [new_id() for _ in ASKED]},
    "categorise": lambda: {"category_id": new_id()},
    "assign": lambda: {"assignment_id": new_id()},
    "override": lambda: {"event_id": new_id()},
    "accommodate": lambda: {"event_id": new_id()},
    "extend": lambda: {"event_id": new_id()},
    "make a bank": lambda: {"bank_id": new_id()},
    **dict.fromkeys(("finish", "reopen", "void", "unvoid", "set a lateness"), lambda: {"event_id": new_id()}),
    "visit": lambda: {"now": datetime.now(UTC)},  # it adds the time since the last visit
}


NAMES = (
    "start", "start a draw", "save", "save a try", "save an edit", "save the next", "check", "check the next",
    "try again", "flag", "visit", "submit", "submit again", "claim", "create", "update", "set_outline", "publish", "remove", "add", "revise", "move",
    "categorise", "move a category", "assign", "reassign",
    "override", "accommodate", "extend", "expire", "rebuild", "preview", "make a bank", "rename a bank", "archive a bank",
    "archive", "restore", "archive a question", "restore a question", "archive a category", "archive an assignment",
    "finish", "finish all", "reopen", "void", "unvoid", "set a lateness",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- a lost reply


class Line:
    """A proxy to a server. When armed, it forwards the next COMMIT, waits until it is done, and disconnects."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.armed = False
        self.breaks = threading.Event()
        self.broke = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def through(self) -> URL:
        plain = {name: value for name, value in self.url.query.items() if name != "host"}
        return self.url.set(host="127.0.0.1", port=self.listener.getsockname()[1], query=plain)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = self._connected()
                for one, other, up in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=(one, other), kwargs={"up": up}, daemon=True).start()

    def _connected(self) -> socket.socket:
        place = self.url.query.get("host")
        if isinstance(place, str) and place.startswith("/"):
            made = socket.socket(socket.AF_UNIX)
            made.connect(f"{place}/.s.PGSQL.{self.url.port or 5432}")
            return made
        standard = 3306 if self.url.get_backend_name() == "mariadb" else 5432
        return socket.create_connection((self.url.host or "127.0.0.1", self.url.port or standard))

    def _pass(self, one: socket.socket, other: socket.socket, *, up: bool) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if not up and self.breaks.is_set():  # the reply
                    self.breaks.clear()
                    self.broke += 1
                    break
                if up and self.armed and re.search(rb"\bCOMMIT", data):  # and not AUTOCOMMIT
                    self.armed = False
                    self.breaks.set()
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listener.close()


class World:
    """A database of this module, and an engine that can lose the reply to COMMIT."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.engine = database.engine(pool_size=4)
        self.line: Line | None = None
        self.lose = False
        self.lost = 0
        if database.kind == "sqlite":
            self.losing = create_engine(database.sync_url)
            configure_sqlite(self.losing)
            event.listen(self.losing, "commit", self._commit)
        else:
            self.line = Line(make_url(database.sync_url))
            options = {"sslmode": "disable"} if database.kind == "postgresql" else {}
            self.losing = create_engine(self.line.through, connect_args=options)

    def _commit(self, connection: Any) -> None:
        """Commit, and then fail as if the reply was lost; SQLite has no connection that could break."""
        if self.lose:
            self.lose = False
            self.lost += 1
            connection.connection.dbapi_connection.commit()
            raise OperationalError("COMMIT", {}, Exception("lost"), connection_invalidated=True)

    def lose_one(self) -> None:
        if self.line is None:
            self.lose = True
        else:
            self.line.armed = True

    @property
    def losses(self) -> int:
        return self.lost if self.line is None else self.line.broke

    def content(self) -> dict[str, set[str]]:
        """Return every row of every table, without times and durations."""
        found = {}
        with Session(self.engine) as session:
            for table in Base.metadata.sorted_tables:
                columns = [column for column in table.columns if not isinstance(column.type, UtcDateTime)]
                if table is models.table(models.attempt):
                    columns.remove(table.c.changes)  # a counter of writes
                rows = session.execute(select(*columns)).all()
                found[table.name] = {repr([_without_time(part) for part in row]) for row in rows}
        return found

    def close(self) -> None:
        self.engine.dispose()
        self.losing.dispose()
        if self.line is not None:
            self.line.close()


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A database of this module."""
    kind = request.param
    if kind == "pgbouncer":
        pytest.skip("there is no connection to a server that could break")
    if kind == "sqlite":
        database = on_sqlite(tmp_path_factory.mktemp("repeated") / "quiz.db")
        migrations.upgrade(database.sync_url)
        made = World(database)
        yield made
        made.close()
        return
    url, on = (
        (request.getfixturevalue("postgresql_url"), on_postgresql)
        if kind == "postgresql"
        else (request.getfixturevalue("mariadb_url"), on_mariadb)
    )
    name = f"quizkit_repeated_{uuid.uuid4().hex[:12]}"
    server = create_engine(on(url).sync_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = on(make_url(url).set(database=name).render_as_string(hide_password=False))
    migrations.upgrade(database.sync_url)
    made = World(database)
    yield made
    made.close()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()


def _without_time(part: Any) -> Any:
    """Return the notes of an attempt without the time of each slot."""
    if not isinstance(part, dict):
        return part
    notes = {slot: {**note} if isinstance(note, dict) else note for slot, note in part.items()}
    for note in notes.values():
        if isinstance(note, dict):
            note.pop("spent", None)
    return {slot: note for slot, note in notes.items() if note != {}}


def comparable(outcome: Any) -> str:
    """Return the result of a verb as text, without times."""
    clock = {"seconds_left"}
    plain = [
        one.model_dump(mode="json", exclude=clock) if isinstance(one, BaseModel) else one for one in _each(outcome)
    ]
    return re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', '"then"', json.dumps(plain, default=str, sort_keys=True))


def _each(outcome: Any) -> tuple[Any, ...]:
    return outcome if isinstance(outcome, tuple) else (outcome,)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the connection that broke
@pytest.mark.parametrize("name", NAMES)
def test_a_repeated_call_after_a_lost_commit_reply_has_no_further_effect(world: World, name: str) -> None:
    with Session(world.engine) as session, session.begin():
        ready = Ready(session, name)
    given = GIVEN[name]() if name in GIVEN else {}
    answers: list[str] = []
    after_first: list[Any] = []

    def work(session: Session) -> Any:
        verb, args, named = ready.calls(Quizkit(models))[name]
        outcome = verb(session, *args, **named, **given)
        answers.append(comparable(outcome))
        return outcome

    def pause(_turn: int) -> float:
        after_first.append(world.content())  # a normal run, except for the reply
        return 0

    before, lost = world.content(), world.losses
    world.lose_one()
    run_transaction(sessionmaker(world.losing), work, patience=20, pause=pause)
    after = world.content()

    assert world.losses == lost + 1
    assert len(answers) == 2
    assert after == after_first[0]
    assert (after != before) is (name not in UNCHANGED)
    if name not in WORN:
        assert answers[0] == answers[1]


UNCHANGED = {"rebuild"}  # the grades are already right
WORN = {
    "save",  # the second call reports `stored` with the time of the first
    "expire",  # it returns how many it has finished
    "finish all",  # so does this
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"expire", "rebuild"}])
def test_two_identical_concurrent_calls_take_effect_once(world: World, name: str) -> None:
    with Session(world.engine) as session, session.begin():
        ready = Ready(session, name)
    given = GIVEN[name]() if name in GIVEN else {}

    def work(session: Session) -> Any:
        verb, args, named = ready.calls(Quizkit(models))[name]
        return verb(session, *args, **named, **given)

    barrier = threading.Barrier(2)

    def run() -> Any:
        barrier.wait(10)
        return run_transaction(sessionmaker(world.engine), work)

    with ThreadPoolExecutor(2) as pool:
        one, two = (done.result() for done in [pool.submit(run), pool.submit(run)])
    after = world.content()
    if name not in WORN:
        assert comparable(one) == comparable(two)
    with Session(world.engine) as session, session.begin():
        work(session)
    assert world.content() == after


# ---------------------------------------------------------------------------------------------- every verb


def writing_verbs() -> set[str]:
    return {
        f"{named}.{name}"
        for named, noun in vars(kit).items()
        if isinstance(noun, VerbGroup)
        for name, _ in inspect.getmembers(noun, callable)
        if not name.startswith("_") and name not in READS | {"of"}
    }


def test_the_cases_repeat_every_verb_that_writes(world: World) -> None:
    with Session(world.engine) as session, session.begin():
        ready = Ready(session, "")
    repeated = {verb for verb, _, _ in ready.calls(kit).values()}

    assert set(NAMES) == set(ready.calls(kit))
    assert {f"{type(verb.__self__).__name__.lower()}.{verb.__name__}" for verb in repeated} == writing_verbs()


def test_the_reference_explains_how_each_verb_is_idempotent() -> None:
    section = PAGE.read_text().partition("## Idempotency")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row.split("|")[1])]

    assert sorted(named) == sorted(writing_verbs())


# ---------------------------------------------------------------------------------------------- ids of clients


class Made:
    """Everything that can be created with an id from the client: the call, and one with other content."""

    def __init__(self, session: Session) -> None:
        self.quiz = quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED))
        quizzes.publish(session, self.quiz.id)
        self.assignment_id = assignments.page(session, quiz_id=self.quiz.id).items[0].id

    def calls(self) -> dict[str, tuple[Any, str, Any, Any]]:
        bank, quiz = self.quiz.bank_id, self.quiz.id
        lake = TrueFalse(content="The Rhine is a lake.", answer=False)
        return {
            "bank": (banks.create, "bank_id", BankCreate(name="a"), BankCreate(name="b")),
            "quiz": (quizzes.create, "quiz_id", QuizCreate(title="a"), QuizCreate(title="b")),
            "category": (
                categories.create,
                "category_id",
                CategoryCreate(bank_id=bank, name="a"),
                CategoryCreate(bank_id=bank, name="b"),
            ),
            "assignment": (
                assignments.create,
                "assignment_id",
                AssignmentCreate(quiz_id=quiz, context="a"),
                AssignmentCreate(quiz_id=quiz, context="b"),
            ),
            "override": (
                lambda session, data, **more: assignments.override(
                    session, self.assignment_id, data, taker="ann", **more
                ),
                "event_id",
                AccessSettings(max_attempts=3),
                AccessSettings(max_attempts=4),
            ),
            "accommodation": (
                lambda session, data, **more: assignments.accommodate(session, data, taker=f"ann {quiz}", **more),
                "event_id",
                AccommodationSettings(extra_seconds=1),
                AccommodationSettings(extra_seconds=2),
            ),
            "extension": (
                lambda session, data, **more: assignments.extend(session, self.assignment_id, seconds=data, **more),
                "event_id",
                60,
                61,
            ),
            "question": (
                lambda session, data, question_ids, **more: questions.add(
                    session, [data], bank_id=bank, question_ids=[question_ids], **more
                ),
                "question_ids",
                ASKED[0],
                lake,
            ),
        }


@pytest.fixture
def made(engine: Engine) -> Made:
    with Session(engine) as session, session.begin():
        return Made(session)


KINDS = ["bank", "quiz", "category", "assignment", "override", "accommodation", "extension", "question"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_used_by_a_different_call_is_refused(engine: Engine, made: Made, kind: str) -> None:
    verb, named, data, other = made.calls()[kind]
    mine = {named: new_id()}
    with Session(engine) as session, session.begin():
        first = verb(session, data, **mine)
    with Session(engine) as session:
        with pytest.raises(Refused) as refused:
            verb(session, other, **mine)
        assert refused.value.code == "id_taken"
        assert comparable(verb(session, data, **mine)) == comparable(first)  # the session stays usable
        session.rollback()


@pytest.mark.parametrize("reserved", [uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_nil_and_the_max_uuid_are_refused_as_ids(
    engine: Engine, made: Made, kind: str, reserved: uuid.UUID
) -> None:
    verb, named, data, _ = made.calls()[kind]
    with Session(engine) as session, pytest.raises(Invalid) as refused:
        verb(session, data, **{named: reserved})

    assert (refused.value.code, refused.value.problems[0].path) == ("argument_invalid", named)


@pytest.mark.parametrize("reserved", [uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)])
def test_the_nil_and_the_max_uuid_are_refused_as_attempt_ids(engine: Engine, made: Made, reserved: uuid.UUID) -> None:
    with Session(engine) as session, pytest.raises(Invalid) as refused:
        kit.attempts.start(session, made.quiz.id, taker="ann", attempt_id=reserved)

    assert refused.value.code == "argument_invalid"


def test_a_repeated_create_returns_the_current_state(engine: Engine) -> None:
    """A transaction that creates and publishes is run again as a whole."""
    mine, data = new_id(), QuizCreate(title="Rivers", questions=ASKED)
    with Session(engine) as session, session.begin():
        quizzes.create(session, data, quiz_id=mine)
        quizzes.update(session, mine, QuizUpdate(title="Lakes"))
        published = quizzes.publish(session, mine)
    with Session(engine) as session, session.begin():
        assert quizzes.create(session, data, quiz_id=mine) == published
        assert quizzes.publish(session, mine) == published


def test_a_generated_id_cannot_be_used_by_another_call(engine: Engine, made: Made) -> None:
    with Session(engine) as session, pytest.raises(Refused, match="with this id"):
        quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED), quiz_id=made.quiz.id)


def test_an_event_id_that_is_not_the_newest_is_refused(engine: Engine, made: Made) -> None:
    old = new_id()
    with Session(engine) as session:
        assignments.override(session, made.assignment_id, AccessSettings(max_attempts=3), taker="ann")
        with pytest.raises(Refused) as refused:
            assignments.override(session, made.assignment_id, AccessSettings(max_attempts=4), taker="ann", event_id=old)
        session.rollback()

    assert refused.value.code == "event_id_old"


def test_every_question_needs_an_id_if_ids_are_given(engine: Engine, made: Made) -> None:
    for given in ([], [new_id()], [new_id()] * 3, [new_id() for _ in range(4)]):
        with Session(engine) as session, pytest.raises(UsageError) as refused:
            questions.add(session, ASKED, bank_id=made.quiz.bank_id, question_ids=given)
        assert refused.value.code == "question_ids_count"


# ---------------------------------------------------------------------------------------------- some of the ids in use


def behind(engine: Engine, first: Callable[[Session], Any], second: Callable[[Session], Any]) -> None:
    """Commit `first` after `second` has read in its own transaction and before it writes."""
    writes = threading.Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT") and threading.current_thread() is not threading.main_thread():
            writes.set()

    def run() -> None:
        with Session(engine) as session, session.begin():
            second(session)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with ThreadPoolExecutor(1) as pool, Session(engine) as session, session.begin():
            first(session)
            done = pool.submit(run)
            if engine.dialect.name != "sqlite":  # it has one writer at a time: the second begins when the first is done
                assert writes.wait(20)
            session.commit()
            done.result()
    finally:
        event.remove(engine, "before_cursor_execute", note)


def adding(bank: uuid.UUID, known: dict[str, uuid.UUID], wanted: str, session: Session) -> tuple[uuid.UUID, ...]:
    """Add a question for each letter, which selects its id and its text."""
    asked = [TrueFalse(content=f"Is it {letter}?", answer=True) for letter in wanted]
    made = questions.add(session, asked, bank_id=bank, question_ids=[known[letter] for letter in wanted])
    return tuple(one.id for one in made)


@pytest.mark.parametrize(
    ("first", "second"), [("ac", "bc"), ("bc", "ab"), ("a", "ac"), ("a", "ba"), ("ac", "bcde"), ("ab", "abc")]
)
def test_a_call_that_shares_ids_with_a_concurrent_one_is_refused_and_stores_nothing(
    engine: Engine, made: Made, first: str, second: str
) -> None:
    bank, known = made.quiz.bank_id, {letter: new_id() for letter in "abcde"}

    def refused(session: Session) -> None:
        with pytest.raises(Refused) as taken:
            adding(bank, known, second, session)
        assert taken.value.code == "id_taken"
        banks.create(session, BankCreate(name="the session goes on"), bank_id=known["e"])

    behind(engine, lambda session: adding(bank, known, first, session), refused)

    with Session(engine) as session, session.begin():
        assert banks.get(session, known["e"]).name == "the session goes on"
        there = [one.id for one in questions.page(session, bank_id=bank, limit=200).items]
        assert set(there) & set(known.values()) == {known[letter] for letter in first}
        rest = "".join(letter for letter in second if letter not in first)
        assert adding(bank, known, rest, session) == tuple(known[letter] for letter in rest)  # none was stored


@pytest.mark.parametrize(("first", "second"), [("ac", "ac"), ("ac", "ca"), ("abc", "b")])
def test_concurrent_identical_calls_add_questions_once(engine: Engine, made: Made, first: str, second: str) -> None:
    bank, known = made.quiz.bank_id, {letter: new_id() for letter in "abc"}
    answers: list[Any] = []

    def run(wanted: str) -> Callable[[Session], None]:
        return lambda session: answers.append((wanted, adding(bank, known, wanted, session)))

    behind(engine, run(first), run(second))

    assert answers == [(wanted, tuple(known[letter] for letter in wanted)) for wanted in (first, second)]


def test_a_repeated_call_reports_the_same_equal_questions(engine: Engine, made: Made) -> None:
    low, high = sorted([new_id(), new_id()])
    for order in ([low, high], [high, low]):
        with Session(engine) as session:
            asked = [TrueFalse(content=f"Is it {low}?", answer=True)] * 2
            once = questions.add(session, asked, bank_id=made.quiz.bank_id, question_ids=order)
            again = questions.add(session, asked, bank_id=made.quiz.bank_id, question_ids=order)
            session.rollback()

        assert [one.equal_to for one in once] == [None, order[0]]
        assert [one.equal_to for one in again] == [None, order[0]]


def test_an_equal_question_added_later_does_not_change_a_repeated_result(engine: Engine, made: Made) -> None:
    mine, bank = [new_id()], made.quiz.bank_id
    asked = [TrueFalse(content=f"Is it {mine[0]}?", answer=True)]
    with Session(engine) as session:
        once = questions.add(session, asked, bank_id=bank, question_ids=mine)
        other = questions.add(session, asked, bank_id=bank)
        again = questions.add(session, asked, bank_id=bank, question_ids=mine)
        session.rollback()

    assert other[0].equal_to == mine[0]
    assert again == once


def test_a_refused_write_is_undone_on_the_connection_that_wrote_it(database: Database) -> None:
    """A session that reads from a replica has two connections."""
    if database.kind == "sqlite":
        pytest.skip("two connections of one session would wait for each other")
    reads, writes = database.engine(), database.engine()

    class Split(Session):
        def get_bind(self, mapper: Any = None, *, clause: Any = None, **_more: Any) -> Engine:
            locks = getattr(clause, "_for_update_arg", None) is not None
            return writes if locks or isinstance(clause, Insert | Update | Delete) else reads

    with Session(writes) as session, session.begin():
        bank = banks.create(session, BankCreate(name="Bank")).id
    a, b, c = (new_id() for _ in range(3))

    def refused(session: Session) -> None:
        with Split() as split:
            with pytest.raises(Refused, match="with"):
                questions.add(split, ASKED[:2], bank_id=bank, question_ids=[b, c])
            split.commit()

    behind(writes, lambda session: questions.add(session, ASKED[:2], bank_id=bank, question_ids=[a, c]), refused)

    with Session(writes) as session:
        assert {one.id for one in questions.page(session, bank_id=bank).items} == {a, c}
        assert session.get(models.question, b) is None
    reads.dispose()
    writes.dispose()


def test_refused_questions_add_no_slots_to_a_draft(engine: Engine, made: Made) -> None:
    a, b, c = (new_id() for _ in range(3))
    with Session(engine) as session, session.begin():
        other = quizzes.create(session, QuizCreate(title="Lakes"))

    def refused(session: Session) -> None:
        with pytest.raises(Refused, match="with this id"):
            questions.add(session, ASKED[:2], quiz_id=other.id, question_ids=[b, c])

    behind(
        engine,
        lambda session: questions.add(session, ASKED[:2], quiz_id=made.quiz.id, question_ids=[a, c]),
        refused,
    )

    with Session(engine) as session:
        assert [len(section.slots) for section in quizzes.outline(session, other.id).sections] == [0]
        assert quizzes.get(session, other.id).version == other.version


def test_concurrent_calls_with_the_same_ids_in_any_order_never_deadlock(engine: Engine, made: Made) -> None:
    orders = ["abcd", "dcba", "bdac"]
    for _ in range(ROUNDS):
        known = {letter: new_id() for letter in "abcd"}
        calls = [functools.partial(adding, made.quiz.bank_id, known, order) for order in orders]

        assert together(engine, *calls) == [tuple(known[letter] for letter in order) for order in orders]


def test_one_of_several_concurrent_calls_that_share_ids_succeeds(engine: Engine, made: Made) -> None:
    for _ in range(ROUNDS):
        known = {letter: new_id() for letter in "abcd"}
        calls = [functools.partial(adding, made.quiz.bank_id, known, some) for some in ("ac", "cb", "dc")]
        done = together(engine, *calls)

        assert [one.code for one in done if isinstance(one, Refused)] == ["id_taken", "id_taken"]
        assert len([one for one in done if isinstance(one, tuple)]) == 1


def test_a_refused_quiz_leaves_no_bank(engine: Engine) -> None:
    mine = new_id()

    def refused(session: Session) -> None:
        with pytest.raises(Refused, match="with this id"):
            quizzes.create(session, QuizCreate(title=f"Lakes {mine}"), quiz_id=mine)

    behind(engine, lambda session: quizzes.create(session, QuizCreate(title="Rivers"), quiz_id=mine), refused)

    with Session(engine) as session:
        assert session.scalars(select(models.bank.name).where(models.bank.name == f"Lakes {mine}")).all() == []


def test_a_refused_call_does_not_use_up_its_id(engine: Engine) -> None:
    mine = new_id()
    with Session(engine) as session:
        with pytest.raises(NotFound):
            categories.create(session, CategoryCreate(bank_id=uuid.uuid4(), name="a"), category_id=mine)
        bank = banks.create(session, BankCreate(name="Bank")).id
        assert categories.create(session, CategoryCreate(bank_id=bank, name="a"), category_id=mine).id == mine
        session.rollback()


def test_a_repeated_extension_is_granted_once(engine: Engine, made: Made) -> None:
    mine = new_id()
    with Session(engine) as session, session.begin():
        kit.attempts.start(session, made.quiz.id, taker=str(mine))
        first = assignments.extend(session, made.assignment_id, seconds=600, event_id=mine)
    with Session(engine) as session, session.begin():
        assert assignments.extend(session, made.assignment_id, seconds=600, event_id=mine) == first
        assert len(assignments.events(session, assignment_id=made.assignment_id).items) == 1
