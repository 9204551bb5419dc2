"""Verbs for questions."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, bindparam, select, update
from sqlalchemy.orm import Session

from quizkit.crud._core.changing import refuse_other_version
from quizkit.crud._core.clock import NewId, moment
from quizkit.crud._core.context import Build, S
from quizkit.crud._core.creating import call_hash, client_id, refuse_other_call
from quizkit.crud._core.dialects import for_change, fresh, through
from quizkit.crud._core.host_columns import NOTHING, Values, Where
from quizkit.crud._core.legacy import added_by_host, ids
from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID, in_steps, owned
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud._drafts import content
from quizkit.crud._drafts.drafting import Drafting
from quizkit.crud.questions import pools
from quizkit.crud.questions.contained import question_of, seen
from quizkit.errors import Misuse, NotFound, Refused
from quizkit.models import Models, UtcDateTime
from quizkit.questions import Question, parse
from quizkit.schemas import Page, QuestionReturn

__all__ = ["Questions"]


_DATED = ("version", "updated_at", "archived_at")


def _columns(m: Models[Any]) -> Any:
    latest = m.question_revision
    return (
        select(
            m.question.id,
            m.question.bank_id,
            m.question.category_id,
            m.question.type,
            m.question.title,
            m.question.revision,
            m.table(m.question).c.version,
            m.question.created_at,
            m.question.updated_at,
            m.question.archived_at,
            latest.id.label("revision_id"),
            latest.points,
            latest.content_hash,
            latest.body,
        )
        .select_from(m.question)
        .join(latest, (latest.question_id == m.question.id) & (latest.number == m.question.revision))
        .where(*owned(m, m.question, latest))
    )


def _get(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.question.id == bindparam("id", type_=ID))
    return found


def _get_now(m: Models[Any], dialect: str) -> Executable:
    found: Executable = fresh(_columns(m).where(m.question.id == bindparam("id", type_=ID)), dialect)
    return found


def _page(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.question.id > AFTER).order_by(m.question.id).limit(LIMIT)
    return found


def _lock(m: Models[Any], dialect: str) -> Executable:
    table = m.table(m.question)
    this = select(table).where(table.c.id == bindparam("id", type_=ID), *owned(m, m.question))
    return for_change(through(this, table, dialect))


def _hold_bank(m: Models[Any], dialect: str) -> Executable:
    """Select a bank. MariaDB locks it for a question anyway: before a category, as those do who change one."""
    return fresh(select(m.bank.id).where(m.bank.id == bindparam("id", type_=ID), *owned(m, m.bank)), dialect)


def _move(m: Models[Any], dialect: str) -> Executable:
    table = m.table(m.question)
    moved = (
        update(table)
        .where(
            table.c.id.in_(bindparam("_questions", type_=ID, expanding=True)),
            table.c.bank_id == bindparam("_bank", type_=ID),
            table.c.category_id.is_distinct_from(bindparam("_to", type_=ID)),
            *owned(m, m.question),
        )
        .values(
            category_id=bindparam("_to", type_=ID),
            updated_at=bindparam("_now", type_=UtcDateTime()),
            version=table.c.version + 1,
        )
    )
    return through(moved, table, dialect)


def _lock_all(m: Models[Any], dialect: str) -> Executable:
    table = m.table(m.question)
    given = bindparam("_questions", type_=ID, expanding=True)
    found = select(table.c.id, table.c.bank_id, table.c.category_id, table.c.version).where(
        table.c.id.in_(given), *owned(m, m.question)
    )
    return for_change(through(found.order_by(table.c.id), table, dialect))


def _made_from(m: Models[Any], _dialect: str) -> Select[Any]:
    table = m.table(m.question)
    given = bindparam("_questions", type_=ID, expanding=True)
    return select(table.c.id, table.c.made_from).where(table.c.id.in_(given), *owned(m, m.question))


def _made_from_now(m: Models[Any], dialect: str) -> Executable:
    return fresh(through(_made_from(m, dialect), m.table(m.question), dialect), dialect)


def _get_all_now(m: Models[Any], dialect: str) -> Executable:
    given = bindparam("_questions", type_=ID, expanding=True)
    return fresh(content.through_revisions(m, _columns(m).where(m.question.id.in_(given)), dialect), dialect)


def _given_ids(question_ids: Iterable[uuid.UUID] | None, count: int) -> list[uuid.UUID]:
    """Return the ids that a client made for its questions; none where it made none."""
    given = [one for one in question_ids or () if client_id("question_ids", one)]
    if question_ids is not None and (len(given) != count or len(set(given)) < count):
        raise Misuse("question_ids_count", "Give a different id for each question, or none at all")
    return given


def _returned(row: Any) -> QuestionReturn:
    known = {name: getattr(row, name) for name in QuestionReturn.model_fields if name not in {"question", "equal_to"}}
    return QuestionReturn(question=question_of(row.body, row.id), **known)


class Questions(Drafting[S]):
    """Questions, for authors: what these verbs return holds the key."""

    @verb
    def add(
        self,
        session: Session,
        questions: Iterable[Question],
        *,
        quiz_id: uuid.UUID | None = None,
        bank_id: uuid.UUID | None = None,
        category_id: uuid.UUID | None = None,
        question_ids: Iterable[uuid.UUID] | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> tuple[QuestionReturn, ...]:
        """Add questions to a bank, or to the end of a quiz's draft and its bank.

        One that asks the same as a question of the bank that is in use is added all the same; `equal_to` of what is
        returned names the first of those. No attempt draws two of them.

        Args:
            session: yours, sync or async; flushed, never committed.
            questions: what to add, in order.
            quiz_id: the quiz; takers see the questions after the next publishing.
            bank_id: the bank; give either this or the quiz.
            category_id: the category of the bank that they are sorted into.
            question_ids: ids made by the client, UUIDs version 7, one for each question: adding twice is adding once.
            values: what goes into columns that you added, the same for each question.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.

        Raises:
            NotFound: `quiz_not_found`, `bank_not_found`, `category_not_found`.
            Refused: `quiz_archived`, `id_taken`: another call has made a question with one of these ids.
            Misuse: `add_where`, `question_ids_count`: not one id for each question.
        """
        if (quiz_id is None) == (bank_id is None):
            raise Misuse("add_where", "Give quiz_id or bank_id, one of them")
        at = moment(now)
        checked = [parse(question) for question in questions]
        given = _given_ids(question_ids, len(checked))
        made_from = [call_hash(one, quiz_id, bank_id, category_id) if given else None for one in checked]
        if self._are_made(session, given, made_from):
            return self._made(session, given, checked)
        made = ids(new_id, at)
        extra = added_by_host(self._models.question, values)
        quiz = None if quiz_id is None else self._locked(session, quiz_id)
        home = bank_id if quiz is None else quiz.bank_id
        looks = quiz is None or category_id is not None
        if home is None or (looks and self._first(session, _hold_bank, {"id": home}) is None):
            raise NotFound("bank_not_found", "There is no such bank")
        self._refuse_category(session, category_id, home)
        stored = content.rows_of(checked, home, category_id=category_id, at=at, new_id=made, given=given)
        for one, call in zip(stored, made_from, strict=True):
            one.question["made_from"] = call
        equal = self._equal(session, home, {one.question["id"]: one.revision["identity"] for one in stored})
        if not self._store(session, stored, extra, given=bool(given)):
            if not self._are_made(session, given, made_from, look=_made_from_now):
                raise Refused("id_taken", "Something else was made with one of these ids")
            return self._made(session, given, checked)
        if quiz is not None:
            self._append_slots(session, quiz, [one.question["id"] for one in stored], at, made)
        return tuple(
            self._as_returned(one.question, one.revision, question, equal.get(one.question["id"]))
            for one, question in zip(stored, checked, strict=True)
        )

    def _equal(
        self, session: Session, bank_id: uuid.UUID, asked: Mapping[uuid.UUID, str], *, until: datetime | None = None
    ) -> dict[uuid.UUID, uuid.UUID]:
        """Return which other question of the bank, or before it here, asks the same as one that is added.

        `until` is when these were added, if they are there already: what was made since was not before them.
        """
        wanted = sorted(set(asked.values()))
        known: dict[str, uuid.UUID] = {}
        for some in in_steps(wanted):
            for row in self._run(session, content.equal_questions, {"_bank": bank_id, "_identities": some}):
                if row.id not in asked and (until is None or row.created_at <= until):
                    known.setdefault(row.identity, row.id)
        found = {}
        for one, identity in asked.items():
            before = known.setdefault(identity, one)
            if before != one:
                found[one] = before
        return found

    def _are_made(
        self, session: Session, given: list[uuid.UUID], made_from: list[str | None], *, look: Build = _made_from
    ) -> bool:
        """Return whether the same call has added these already.

        Raises:
            Refused: `id_taken`: another call has added some of them.
        """
        found = [row for some in in_steps(given) for row in self._run(session, look, {"_questions": some})]
        if found:
            there = {row.id: row.made_from for row in found}
            for one, call in zip(given, made_from, strict=True):
                refuse_other_call(there.get(one), call)
        return bool(found)

    def _made(self, session: Session, given: list[uuid.UUID], asked: list[Question]) -> tuple[QuestionReturn, ...]:
        """Return what the same call has added, as it is now."""
        rows = [row for some in in_steps(given) for row in self._run(session, _get_all_now, {"_questions": some})]
        there = {row.id: _returned(row) for row in rows}
        identities = {one: seen(question)["identity"] for one, question in zip(given, asked, strict=True)}
        equal = self._equal(session, rows[0].bank_id, identities, until=rows[0].created_at)
        return tuple(there[one].model_copy(update={"equal_to": equal.get(one)}) for one in given)

    @staticmethod
    def _as_returned(
        row: dict[str, Any], revision: dict[str, Any], question: Question, equal_to: uuid.UUID | None = None
    ) -> QuestionReturn:
        known = {name: row[name] for name in QuestionReturn.model_fields if name in row}
        return QuestionReturn(
            **known, revision_id=revision["id"], points=question.points, question=question, equal_to=equal_to
        )

    def _refuse_category(self, session: Session, category_id: uuid.UUID | None, bank_id: uuid.UUID) -> None:
        """Refuse a category that is not one of this bank."""
        if category_id is None:
            return
        found = self._first(session, content.known_categories, {"_categories": [category_id]})
        if found is None or found.bank_id != bank_id:
            raise NotFound("category_not_found", "The bank has no such category")

    @lone_verb
    def get(self, session: Session, question_id: uuid.UUID) -> QuestionReturn:
        """Return a question in its latest revision.

        Raises:
            NotFound: `question_not_found`.
        """
        row = self._first(session, _get, {"id": question_id})
        if row is None:
            raise NotFound("question_not_found", "There is no such question")
        return _returned(row)

    @lone_verb
    def page(
        self,
        session: Session,
        *,
        bank_id: uuid.UUID | None = None,
        category_id: uuid.UUID | None = None,
        type: str | None = None,  # noqa: A002 - the field's name
        tags: Iterable[str] = (),
        text: str | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[QuestionReturn]:
        """Return questions in the order of their ids, `limit` of them after the id `after`.

        Args:
            session: yours, sync or async.
            bank_id: only those of this bank.
            category_id: only those of this category and of those under it.
            type: only those of this type.
            tags: only those that have all of these tags.
            text: only those whose title or prompt holds this text, whatever its case (the first 4,000 characters).
            where: further conditions of yours, such as `[Question.level == 2]`.
            after: the id of the last one before this page.
            limit: how many at most, from 1 to 200.

        Raises:
            Invalid: `argument_invalid`: more than 100 tags, or a tag or a text that no question could have.
        """
        m = self._models
        found: list[ColumnElement[bool]] = []
        values: dict[str, Any] = {}
        if bank_id is not None:
            found.append(m.question.bank_id == bank_id)
        if category_id is not None:
            found.append(pools.in_category(m))
            values["_category"] = category_id
        if type is not None:
            found.append(m.table(m.question).c["type"] == type)
        if wanted := list(tags):
            found.append(pools.tagged(m))
            values |= {"_tags": wanted, "_tag_count": len(wanted)}
        if text:
            found.append(pools.searched(m, text))
        return self._page(session, _page, _returned, where=[*found, *where], after=after, limit=limit, **values)

    @verb
    def move(
        self,
        session: Session,
        question_ids: Iterable[uuid.UUID],
        *,
        category_id: uuid.UUID | None,
        versions: Mapping[uuid.UUID, int] | None = None,
        now: datetime | None = None,
    ) -> int:
        """Sort questions of one bank into a category of it, or out of all with None. Returns how many are there now.

        Raises:
            NotFound: `question_not_found`, `category_not_found`: not all are there, or not in one bank.
            Conflict: `version_conflict`: one that would move is no longer of the version that `versions` has for it.
        """
        at = moment(now)
        wanted = sorted(set(question_ids))  # the order in which everybody locks questions
        steps = list(in_steps(wanted))
        rows = [row for step in steps for row in self._run(session, _lock_all, {"_questions": step})]
        banks = {row.bank_id for row in rows}
        if len(rows) < len(wanted) or len(banks) > 1:
            raise NotFound("question_not_found", "These are not questions of one bank")
        for row in rows:
            if row.category_id != category_id:
                seen = (versions or {}).get(row.id)
                refuse_other_version(seen, row.version, functools.partial(self._now, session, row.id))
        for bank_id in banks:
            self._refuse_category(session, category_id, bank_id)
            for step in steps:
                self._run(session, _move, {"_questions": step, "_bank": bank_id, "_to": category_id, "_now": at})
        return len(rows)

    @verb
    def revise(
        self,
        session: Session,
        question_id: uuid.UUID,
        question: Question,
        *,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuestionReturn:
        """Give a question its next revision, where it says something else. Attempts keep the one they have; quizzes take it when published.

        Raises:
            NotFound: `question_not_found`.
            Refused: `question_archived`.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        old, there = self._locked_question(session, question_id)
        if old.archived_at is not None:
            raise Refused("question_archived", "The question is archived and no longer changes")
        checked = parse(question)
        number = old.revision + 1
        row = content.revision_row(checked, question_id, number, revision_id=ids(new_id, at)(), at=at)
        if row["content_hash"] == there.content_hash:
            return _returned(there)
        refuse_other_version(version, old.version, lambda: _returned(there))
        self._run(session, content.insert_question_revision, row)
        new = {
            "type": checked.type,
            "title": checked.title,
            "revision": number,
            "search": content.searchable(checked),
        }
        changed = self._change(session, self._models.question, old, new, dict, at=at, version=None)
        self._run(session, content.delete_question_tags, {"_id": question_id})
        self._many(session, content.insert_question_tag, content.tag_rows(checked, question_id))
        return self._as_returned(changed, row, checked)

    @verb
    def archive(
        self, session: Session, question_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> QuestionReturn:
        """Take a question out of use. Quizzes and attempts that have it keep it; nothing is deleted.

        One that is archived stays as it is.

        Raises:
            NotFound: `question_not_found`.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        old, there = self._locked_question(session, question_id)
        new = {} if old.archived_at else {"archived_at": at}

        def shown(columns: Mapping[str, Any]) -> QuestionReturn:
            return _returned(there).model_copy(update={name: columns[name] for name in _DATED})

        return self._change(session, self._models.question, old, new, shown, at=at, version=version)

    def _locked_question(self, session: Session, question_id: uuid.UUID) -> tuple[Any, Any]:
        """Return a question, locked, and the same with its latest revision."""
        old = self._first(session, _lock, {"id": question_id})
        if old is None:
            raise NotFound("question_not_found", "There is no such question")
        return old, self._first(session, _get_now, {"id": question_id})

    def _now(self, session: Session, question_id: uuid.UUID) -> QuestionReturn:
        return _returned(self._first(session, _get_now, {"id": question_id}))
