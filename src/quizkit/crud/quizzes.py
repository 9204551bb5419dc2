"""Verbs for quizzes."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Executable, bindparam, func, select, update
from sqlalchemy.orm import Session

from quizkit.crud import _content as content
from quizkit.crud._drafts import POLICY, Drafting
from quizkit.crud._pages import AFTER, LIMIT
from quizkit.crud._tables import ID, fresh, insert_into, owned
from quizkit.crud._verbs import NOTHING, NewId, S, Values, Where, added_by_host, ids, lone_verb, moment, verb
from quizkit.errors import NotFound, Refused
from quizkit.models import ExactPoints, Models
from quizkit.rules import lifecycle, scoring
from quizkit.schemas import Page, QuizCreate, QuizReturn, QuizUpdate
from quizkit.schemas.quizzes import MAX_QUESTIONS
from quizkit.vocabulary import QuizState

__all__ = ["Quizzes"]

_RETURNED = tuple(QuizReturn.model_fields)


def _insert_bank(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.bank)


def _insert(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.quiz)


def _get(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz)
    columns = (table.c[name] for name in _RETURNED)
    return select(*columns).where(table.c.id == bindparam("id", type_=ID), *owned(m, m.quiz))


def _page(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz)
    return (
        select(*(table.c[name] for name in _RETURNED))
        .where(table.c.id > AFTER, *owned(m, m.quiz))
        .order_by(table.c.id)
        .limit(LIMIT)
    )


def _update(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz)
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in (*POLICY, "updated_at")}
    return update(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.quiz)).values(new)


def _set_state(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz)
    names = ("state", "revision", "published_at", "archived_at", "updated_at")
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.quiz)).values(new)


def _drafted_slots(m: Models[Any], dialect: str) -> Executable:
    """Select the slots of a draft with the latest revision of each question, in order."""
    latest = m.question_revision
    found = (
        select(
            m.slot.id,
            func.coalesce(m.slot.points, latest.points, type_=ExactPoints(12)).label("worth"),
            latest.id.label("revision_id"),
            latest.content_hash,
        )
        .select_from(m.section)
        .join(m.slot, m.slot.section_id == m.section.id)
        .join(m.question, m.question.id == m.slot.question_id)
        .join(latest, (latest.question_id == m.question.id) & (latest.number == m.question.revision))
        .where(m.section.quiz_revision_id == bindparam("revision_id", type_=ID))
        .where(*owned(m, m.section, m.slot, m.question, latest))
        .order_by(m.section.position, m.slot.position)
    )
    return fresh(found, dialect)


def _pin_slot(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.slot)
    return (
        update(table)
        .where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.slot))
        .values(question_revision_id=bindparam("_revision_id", type_=ID))
    )


def _freeze(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_revision)
    names = (*POLICY, "max_score", "content_hash", "published_at")
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.quiz_revision)).values(new)


def _default_assignment(m: Models[Any], dialect: str) -> Executable:
    found = select(m.assignment.id).where(
        m.assignment.quiz_id == bindparam("quiz_id", type_=ID),
        m.assignment.default_marker == bindparam("default", True, type_=Boolean()),
        *owned(m, m.assignment),
    )
    return fresh(found, dialect)


def _insert_assignment(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.assignment)


class Quizzes(Drafting[S]):
    """Quizzes, for authors."""

    @verb
    def create(
        self,
        session: Session,
        data: QuizCreate,
        *,
        author: S | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizReturn:
        """Create a quiz as a draft, with the questions that come inline.

        Args:
            session: yours, sync or async; flushed, never committed.
            data: what the quiz is.
            author: the host's user who makes it, kept in `author_id`.
            values: what goes into columns that you added, such as `{Quiz.course_id: 3}`.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.
        """
        at = moment(now)
        made = ids(new_id, at)
        extra = added_by_host(self._models.quiz, values)
        if author is not None:
            self._refuse_subject(author)
        bank_id = made()
        bank = {"id": bank_id, "name": data.title, "created_at": at, "updated_at": at, "archived_at": None}
        policy = {name: getattr(data, name) for name in POLICY}
        quiz = QuizReturn(id=made(), bank_id=bank_id, state=QuizState.DRAFT, created_at=at, updated_at=at, **policy)
        self._run(session, _insert_bank, bank)
        row = {**quiz.model_dump(), "state": quiz.state.value, "author_id": author, **extra}
        self._run(session, _insert, row, tuple(extra))
        revision = made()
        self._run(session, content.insert_quiz_revision, self._revision_row(quiz, revision, 1, at))
        section = self._section_row(revision, 1, None, at, made)
        self._run(session, content.insert_section, section)
        stored = content.rows_of(data.questions, quiz.bank_id, at=at, new_id=made)
        self._store(session, stored, {})
        question_ids = [one.question["id"] for one in stored]
        slots = content.slot_rows(question_ids, section["id"], 1, at=at, new_id=made)
        self._many(session, content.insert_slot, slots)
        return quiz

    @lone_verb
    def get(self, session: Session, quiz_id: uuid.UUID) -> QuizReturn:
        """Return a quiz.

        Raises:
            NotFound: `quiz_not_found`.
        """
        row = self._first(session, _get, {"id": quiz_id})
        if row is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        return QuizReturn.model_validate(row)

    @lone_verb
    def page(
        self,
        session: Session,
        *,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[QuizReturn]:
        """Return quizzes in the order they were made, `limit` of them after the id `after`.

        `where` are further conditions, such as `[Quiz.author_id == 7, Quiz.course_id == 3]`.
        """
        return self._page(session, _page, QuizReturn.model_validate, where=where, after=after, limit=limit)

    @verb
    def update(
        self, session: Session, quiz_id: uuid.UUID, data: QuizUpdate, *, now: datetime | None = None
    ) -> QuizReturn:
        """Change what was given of a quiz. Attempts keep what was published; new ones see it after publishing.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`.
        """
        at = moment(now)
        quiz = self._locked(session, quiz_id)
        new = {name: getattr(quiz, name) for name in POLICY} | data.model_dump(exclude_unset=True)
        values = {f"_{name}": value for name, value in new.items()}
        self._run(session, _update, {"_id": quiz_id, "_updated_at": at, **values})
        return QuizReturn.model_validate({**self._returned(quiz), **new, "updated_at": at})

    @verb
    def publish(
        self, session: Session, quiz_id: uuid.UUID, *, now: datetime | None = None, new_id: NewId | None = None
    ) -> QuizReturn:
        """Freeze the quiz as it is now into a revision that takers get. Publishing an unchanged quiz is harmless.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`, `quiz_empty`, `quiz_too_long`.
        """
        at = moment(now)
        made = ids(new_id, at)
        quiz = self._locked(session, quiz_id)
        draft = self._draft(session, quiz, at, made)
        slots = self._run(session, _drafted_slots, {"revision_id": draft}).all()
        lifecycle.refuse_publish(QuizState(quiz.state), len(slots))
        if len(slots) > MAX_QUESTIONS:
            raise Refused("quiz_too_long", f"A quiz has at most {MAX_QUESTIONS} questions", most=MAX_QUESTIONS)
        self._many(session, _pin_slot, [{"_id": slot.id, "_revision_id": slot.revision_id} for slot in slots])
        revision = self._first(session, content.newest_revision, {"quiz_id": quiz_id})
        number = revision.number if revision is not None else 1
        total, _ = scoring.total(slot.worth for slot in slots)
        frozen = {f"_{name}": getattr(quiz, name) for name in POLICY}
        digest = content.content_hash([[slot.content_hash, str(slot.worth)] for slot in slots])
        self._run(
            session,
            _freeze,
            {"_id": draft, "_max_score": Decimal(total), "_content_hash": digest, "_published_at": at, **frozen},
        )
        new = {"state": QuizState.PUBLISHED.value, "revision": number, "published_at": at, "updated_at": at}
        self._change_state(session, quiz, new)
        if self._first(session, _default_assignment, {"quiz_id": quiz_id}) is None:
            self._run(session, _insert_assignment, self._assignment_row(quiz_id, at, made))
        return QuizReturn.model_validate({**self._returned(quiz), **new})

    @verb
    def archive(self, session: Session, quiz_id: uuid.UUID, *, now: datetime | None = None) -> QuizReturn:
        """Take a quiz out of use: no changes, no new attempts; attempts that are open go on. Nothing is deleted.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`.
        """
        at = moment(now)
        quiz = self._locked(session, quiz_id)
        new = {"state": QuizState.ARCHIVED.value, "archived_at": at, "updated_at": at}
        self._change_state(session, quiz, new)
        return QuizReturn.model_validate({**self._returned(quiz), **new})

    def _change_state(self, session: Session, quiz: Any, new: dict[str, Any]) -> None:
        kept = {name: getattr(quiz, name) for name in ("state", "revision", "published_at", "archived_at")}
        values = {f"_{name}": value for name, value in {**kept, **new}.items()}
        self._run(session, _set_state, {"_id": quiz.id, **values})

    @staticmethod
    def _returned(quiz: Any) -> dict[str, Any]:
        return {name: getattr(quiz, name) for name in _RETURNED}

    @staticmethod
    def _assignment_row(quiz_id: uuid.UUID, at: datetime, new_id: NewId) -> dict[str, Any]:
        open_ended = dict.fromkeys(("context", "opens_at", "closes_at", "max_attempts", "time_limit_seconds", "archived_at"))  # fmt: skip
        made = {"id": new_id(), "quiz_id": quiz_id, "default_marker": True, "created_at": at, "updated_at": at}
        return {**made, **open_ended}
