"""Every verb on the hostile host: the results of the ready-made kit, and no stale mapped row."""

from __future__ import annotations

import asyncio
import copy
import inspect
import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from conftest import Caller
from hosts.application import SEES_ALL, USERS, Application
from mapped_rows import FIRST, load, stale
from quizkit import migrations
from quizkit.crud import Quizkit, VerbGroup, kit
from quizkit.errors import Refused
from quizkit.models import Models, models
from quizkit.schemas import Page
from quizkit.schemas._base import Stored
from quizkit.sessions import READ_ONLY
from quizkit.testing import Invariants
from quizkit.vocabulary import uuid7
from ready import Calls, Ready

STEP = timedelta(milliseconds=1)
ROLES = {
    "quizzes": "quiz",
    "categories": "category",
    "gradebook": "quiz_grade",
    "previews": "attempt",
    "supervision": "attempt",
}
VERBS = {"assignments.events": "access_event", "supervision.events": "attempt_event", "attempts.grade": "quiz_grade"}


class Client:
    """A session of the host, sync or async, open from one verb to the next."""

    def __init__(self, call: Caller, runner: asyncio.Runner, app: Application) -> None:
        kind = app.session_kind(call.sync_engine)
        self._runner = runner
        self._is_async = call.is_async
        made: Any = AsyncSession(sync_session_class=kind, expire_on_commit=False) if call.is_async else None
        self._session: Any = made or kind(expire_on_commit=False)

    def call(self, verb: Any, *args: Any, **named: Any) -> Any:
        """Call a verb and commit."""
        return self._runner.run(self._call(verb, *args, **named)) if self._is_async else self._now(verb, *args, **named)

    def _now(self, verb: Any, *args: Any, **named: Any) -> Any:
        found = verb(self._session, *args, **named)
        self._session.commit()
        return found

    async def _call(self, verb: Any, *args: Any, **named: Any) -> Any:
        found = await verb(self._session, *args, **named)
        await self._session.commit()
        return found

    def load(self, m: Models[Any]) -> list[Any]:
        """Load every mapped row, as the host would."""
        rows: list[Any] = self._within(lambda session: load(session, m, FIRST, **SEES_ALL))
        return rows

    def stale(self, rows: list[Any]) -> list[str]:
        """Return the mapped rows that differ from the database."""
        found: list[str] = self._within(lambda session: stale(session, rows, **SEES_ALL))
        return found

    def _within(self, work: Callable[[Session], Any]) -> Any:
        return self._runner.run(self._session.run_sync(work)) if self._is_async else work(self._session)

    def close(self) -> None:
        if self._is_async:
            self._runner.run(self._session.close())
        else:
            self._session.close()


@pytest.fixture(params=["alone", "tenants", "translated", "bound"])
def application(request: pytest.FixtureRequest, call: Caller) -> Iterator[Application]:
    """The tables in a schema that the metadata names or, translated, only the engine."""
    named = {} if request.param == "alone" else {request.param: True}
    made = Application(call.database.kind, **named)
    engine = call.database.engine()
    made.create(engine)
    yield made
    made.drop(engine)
    engine.dispose()


@pytest.fixture
def client(call: Caller, runner: asyncio.Runner, application: Application) -> Iterator[Client]:
    made = Client(call, runner, application)
    yield made
    made.close()


class Turns:
    """The arguments that make a call exact: the time, the new ids, and the seed."""

    def __init__(self, first: datetime) -> None:
        self.first = first
        self._turns = itertools.count(1)
        self._ids = itertools.count(1)

    def of(self, verb: Any, named: dict[str, Any]) -> dict[str, Any]:
        now = self.first + STEP * next(self._turns)
        exact: dict[str, Any] = {"now": now, "new_id": lambda: self._new_id(now), "seed": bytes(range(16))}
        taken = inspect.signature(verb).parameters
        return {**{name: value for name, value in exact.items() if name in taken}, **named}

    def _new_id(self, now: datetime) -> uuid.UUID:
        return uuid7(now, next(self._ids).to_bytes(8, "big"))


class Changes:
    """The host's column `changed_by`: what verbs store in it, and what they return of it."""

    def __init__(self, app: Application, engine: Engine, verb: Any) -> None:
        noun = type(verb.__self__).__name__.lower()
        role = VERBS.get(f"{noun}.{verb.__name__}", ROLES.get(noun, noun.removesuffix("s")))
        self._app, self._engine = app, engine
        self._kind = getattr(app.models, role)
        more = {"columns": [self._kind.changed_by], "values": {self._kind.changed_by: "caller"}}
        taken = inspect.signature(verb).parameters
        self.named = {name: value for name, value in more.items() if name in taken}
        self._before = self._stored()

    def faults(self, result: Any) -> list[str]:
        """Return what is wrong with the column after a call."""
        after, asked = self._stored(), "columns" in self.named
        returned = [one for one in items(result) if isinstance(one, Stored)]
        wrong = [one for one in returned if one.columns not in (self._rows_of(one, after) if asked else [{}])]
        made = {found for found in after if found not in self._before}
        missing = "values" in self.named and not any(after[found] == "caller" for found in made)
        return [f"returned {one.columns} of {one!r}" for one in wrong] + ["values= was not stored"] * missing

    def _rows_of(self, item: Stored, stored: dict[uuid.UUID, str | None]) -> list[dict[str, str | None]]:
        # The grade that a taker gets has no id: its values are those of some row.
        known = getattr(item, "id", None)
        return [{"changed_by": value} for found, value in stored.items() if known in (None, found)]

    def _stored(self) -> dict[uuid.UUID, str | None]:
        reader = self._app.engine(self._engine).execution_options(**{READ_ONLY: True})  # SQLite has one writer
        with reader.connect() as connection:
            rows = connection.execute(select(self._kind.id, self._kind.changed_by)).all()
        return {row.id: row.changed_by for row in rows}


def items(result: Any) -> Sequence[Any]:
    """Return the parts of a result: of a page, its items."""
    parts = result.items if isinstance(result, Page) else result
    return parts if isinstance(parts, tuple) else (parts,)


def every_call(ready: Ready, own: Quizkit[Any]) -> Calls:
    """Return the reads, the writes, and the reads again."""
    result: Calls = {"result": (own.attempts.result, (ready.done,), {"taker": ready.taker})}
    before = {f"{name} before": called for name, called in ready.reads(own).items()}
    return {**before, **ready.calls(own), **ready.reads(own), **result}


def outcome(call: Any, *args: Any, **named: Any) -> tuple[str, Any]:
    """Return what a call returns, as text and as it is; of a refusal, the code."""
    try:
        result = call(*args, **named)
    except Refused as error:
        return f"refused: {error.code}", None
    return plain(result), result


def plain(result: Any) -> str:
    """Return a result as text in which user ids are text."""
    if isinstance(result, bytes):
        return result.decode()
    parts = result if isinstance(result, tuple) else (result,)
    dumped = json.dumps(
        [one.model_dump(mode="json") if hasattr(one, "model_dump") else one for one in parts], default=str
    )
    return re.sub(r'(?<!")\b(700000\d)\b', r'"\1"', dumped)


def ready_rows(session: Session, app: Application, engine: Engine) -> tuple[Ready, Ready]:
    """Return the same rows twice: in the ready-made tables and in the host's."""
    ours = Ready(session, "hosts", [str(user) for user in USERS])
    theirs = copy.copy(ours)
    theirs.taker, *theirs.others = USERS
    app.copy(session, engine)
    return ours, theirs


@pytest.mark.no_cover
def test_every_verb_returns_what_the_ready_made_kit_returns(
    call: Caller, application: Application, client: Client, in_memory: Engine
) -> None:
    app, faults, refused, loaded, with_columns = application, list[str](), dict[str, str](), 0, set[str]()
    writer = call.database.engine()
    with Session(in_memory) as session:
        ours, theirs = ready_rows(session, app, writer)
        first = datetime.now(UTC)
        one, other = Turns(first), Turns(first)
        expected = every_call(ours, Quizkit(models))
        for name, (verb, args, named) in every_call(theirs, app.kit).items():
            rows = client.load(app.models)
            loaded = max(loaded, len(rows))
            reference, given, more = expected[name]
            wanted, _ = outcome(reference, session, *given, **one.of(reference, more))
            changes = Changes(app, writer, verb)
            found, result = outcome(client.call, verb, *args, **{**changes.named, **other.of(verb, named)})
            assert found == wanted, name
            refused |= {name: wanted} if wanted.startswith("refused") else {}
            with_columns |= {name for item in items(result) if getattr(item, "columns", None)}
            faults += [f"after {name}: {fault}" for fault in (*client.stale(rows), *changes.faults(result))]
        session.rollback()
    assert client.call(Invariants(app.models, tenant=app.kit.tenant).broken) == []
    writer.dispose()

    assert loaded > 50
    assert faults == []
    assert refused == {"attempts.grade": "refused: assignment_needed"}  # there is a second assignment by then
    assert len(with_columns) > 10


def test_the_tables_of_the_host_are_those_of_this_release(application: Application, call: Caller) -> None:
    """Asked of the engine that has them; the host's session sends nothing else there."""
    engine = call.database.engine()
    migrations.ensure_schema_current(application.engine(engine), config=application.models.config)
    engine.dispose()


def test_the_calls_include_every_verb(in_memory: Engine) -> None:
    with Session(in_memory) as session:
        calls = every_call(Ready(session, "hosts"), kit)
        session.rollback()
    called = {f"{type(verb.__self__).__name__.lower()}.{verb.__name__}" for verb, _, _ in calls.values()}

    assert called == {
        f"{noun}.{name}"
        for noun, group in vars(kit).items()
        if isinstance(group, VerbGroup)
        for name, _ in inspect.getmembers(group, callable)
        if not name.startswith("_") and name != "of"
    }
