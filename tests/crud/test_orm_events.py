"""Which events of SQLAlchemy a host sees when a verb runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import Quizkit, kit
from quizkit.models import models
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate
from ready import Ready

CLASSES = [mapper.class_ for mapper in inspect(models.quiz).registry.mappers]
OF_MAPPERS = ("before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete")
OF_INSTANCES = ("init", "load", "refresh")
OF_SESSIONS = ("before_flush", "after_flush", "before_attach", "after_attach", "pending_to_persistent")


class Seen:
    """The names of the events that have fired; `close` removes the listeners."""

    def __init__(self, session: Session, engine: Any) -> None:
        self.names: set[str] = set()
        self._listening: list[tuple[Any, str, Any]] = []
        for kind in CLASSES:
            for name in (*OF_MAPPERS, *OF_INSTANCES):
                self._listen(kind, name)
        self._listen(models.quiz.title, "set")
        for name in (*OF_SESSIONS, "do_orm_execute", "after_begin", "before_commit", "after_commit"):
            self._listen(session, name)
        self._listen(engine, "before_cursor_execute")

    def _listen(self, target: Any, name: str) -> None:
        def note(*_arguments: Any, **_values: Any) -> None:
            self.names.add(name)

        event.listen(target, name, note)
        self._listening.append((target, name, note))

    def close(self) -> None:
        for target, name, note in self._listening:
            event.remove(target, name, note)


def test_verbs_fire_the_events_of_engines_and_none_of_sessions_or_mapped_objects(call: Caller) -> None:
    def work(session: Session) -> dict[str, set[str]]:
        ready, found = Ready(session, "events"), {}
        for name, (verb, arguments, more) in ready.calls(Quizkit(models)).items():
            seen = Seen(session, call.sync_engine)
            try:
                verb(session, *arguments, **more)
            finally:
                seen.close()
            found[name] = seen.names
        session.rollback()
        return found

    for name, names in call.within(work).items():
        assert names == {"before_cursor_execute"}, name


def test_the_hosts_own_rows_fire_all_of_them(call: Caller) -> None:
    """So the listeners of the other test do hear."""

    def work(session: Session) -> set[str]:
        quiz_id = kit.quizzes.create(session, QuizCreate(title="Rivers")).id
        seen = Seen(session, call.sync_engine)
        try:
            quiz = session.get_one(models.quiz, quiz_id)
            quiz.title = "Lakes"
            session.flush()
        finally:
            seen.close()
        session.rollback()
        return seen.names

    heard = call.within(work)
    assert {"load", "set", "before_flush", "before_update", "do_orm_execute", "before_cursor_execute"} <= heard


def test_a_host_writes_what_follows_in_the_same_transaction(call: Caller) -> None:
    """What a listener would have done comes after the verb: both are stored, or neither."""

    def work(session: Session) -> None:
        asked = [TrueFalse(content="The Rhine is a river.", answer=True)]
        made = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked))
        with session.begin_nested() as step:
            kit.quizzes.publish(session, made.id)
            noted = kit.quizzes.create(session, QuizCreate(title=f"published {made.id}"))
            step.rollback()
        assert kit.quizzes.get(session, made.id).revision is None
        assert kit.quizzes.page(session, where=[models.quiz.id == noted.id]).items == ()
        session.rollback()

    call.within(work)
