"""Verbs for quizzes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Executable, Integer, Row, and_, bindparam, delete, false, func, or_, select, true, update
from sqlalchemy.orm import Session

from quizkit.crud._core.changing import FIRST_VERSION, differing, refuse_other_version
from quizkit.crud._core.clock import NewId, moment
from quizkit.crud._core.context import S
from quizkit.crud._core.creating import call_hash, client_id
from quizkit.crud._core.dialects import MARIADB, fresh, through
from quizkit.crud._core.host_columns import NOTHING, Values, Where
from quizkit.crud._core.legacy import added_by_host, ids
from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID, in_steps, insert_into, owned
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud._drafts import content
from quizkit.crud._drafts.drafting import Drafting, outline_of, same_outline
from quizkit.crud._terms.policy import POLICY, as_columns
from quizkit.crud.questions.pools import POOLS, pool_values
from quizkit.crud.quizzes.checks import problems_of_quiz, refuse_errors, unanswerable, worths
from quizkit.errors import NotFound, Refused
from quizkit.models import ExactPoints, Models
from quizkit.rules import lifecycle, scoring
from quizkit.schemas import (
    DrawSlot,
    Page,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizProblem,
    QuizReturn,
    QuizUpdate,
    SectionOutline,
)
from quizkit.schemas.quizzes import MAX_QUESTIONS
from quizkit.vocabulary import QuizState

__all__ = ["Quizzes"]

_RETURNED = tuple(QuizReturn.model_fields)
_FROZEN = (*POLICY, "max_score", "content_hash")


def _insert_bank(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.bank)


def _insert(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.quiz)


def _get(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz)
    columns = (table.c[name] for name in _RETURNED)
    return select(*columns).where(table.c.id == bindparam("id", type_=ID), *owned(m, m.quiz))


def _get_now(m: Models[Any], dialect: str) -> Executable:
    return fresh(_get(m, dialect), dialect)


def _delete_bank(m: Models[Any], _dialect: str) -> Executable:
    """Delete the bank of a quiz that somebody else has made meanwhile."""
    table = m.table(m.bank)
    return delete(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.bank))


def _page(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz)
    return (
        select(*(table.c[name] for name in _RETURNED))
        .where(table.c.id > AFTER, *owned(m, m.quiz))
        .order_by(table.c.id)
        .limit(LIMIT)
    )


def _drafted(m: Models[Any], dialect: str) -> Executable:
    """Select the slots of a draft in order: the pinned or the latest revision of each question, or what it draws."""
    slot, section, pinned = m.table(m.slot), m.section, m.question_revision
    found = (
        select(
            *(slot.c[name] for name in content.SLOT),
            section.position.label("section_position"),
            section.title.label("section_title"),
            section.shuffle,
            section.navigation,
            section.per_page,
            func.coalesce(slot.c.points, pinned.points, type_=ExactPoints(12)).label("worth"),
            pinned.id.label("revision_id"),
            pinned.content_hash,
            pinned.identity,
            m.table(pinned).c.body,
        )
        .select_from(section)
        .join(slot, slot.c.section_id == section.id)
        .outerjoin(m.question, and_(m.question.id == slot.c.question_id, *owned(m, m.question)))
        .outerjoin(
            pinned,
            and_(
                pinned.question_id == m.question.id,
                or_(
                    and_(slot.c.pinned == true(), pinned.id == slot.c.question_revision_id),
                    and_(slot.c.pinned == false(), pinned.number == m.question.revision),
                ),
                *owned(m, pinned),
            ),
        )
        .where(section.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, section, m.slot))
        .order_by(section.position, slot.c.position)
    )
    return fresh(content.through_outline(m, content.through_revisions(m, found, dialect), dialect), dialect)


def _asked(m: Models[Any], dialect: str) -> Executable:
    """Select the ids of the questions of a draft."""
    slot, section = m.table(m.slot), m.section
    found = (
        select(slot.c.question_id)
        .select_from(section)
        .join(slot, slot.c.section_id == section.id)
        .where(
            section.quiz_revision_id == bindparam("revision_id", type_=ID),
            slot.c.question_id.is_not(None),
            *owned(m, section, m.slot),
        )
    )
    return fresh(content.through_outline(m, found, dialect), dialect)


def _hold_questions(m: Models[Any], dialect: str) -> Executable:
    """Lock questions for share, on MariaDB, before their revisions: in the order of those who revise them."""
    table = m.table(m.question)
    given = bindparam("_questions", type_=ID, expanding=True)
    found = select(table.c.id).where(table.c.id.in_(given), *owned(m, m.question)).order_by(table.c.id)
    return fresh(through(found, table, dialect), dialect)


def _pin_slot(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.slot)
    return (
        update(table)
        .where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.slot))
        .values(question_revision_id=bindparam("_revision_id", type_=ID))
    )


def _freeze(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_revision)
    names = (*_FROZEN, "published_at")
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.quiz_revision)).values(new)


def _insert_assignment(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.assignment)


def _published(m: Models[Any], dialect: str) -> Executable:
    """Select a revision as it was published."""
    table = m.table(m.quiz_revision)
    found = select(*(table.c[name] for name in _FROZEN)).where(
        table.c.quiz_id == bindparam("quiz_id", type_=ID),
        table.c.number == bindparam("number", type_=Integer()),
        *owned(m, m.quiz_revision),
    )
    return fresh(found, dialect)


def _returned(row: Mapping[str, Any]) -> QuizReturn:
    return QuizReturn.model_validate({name: row[name] for name in _RETURNED})


def _frozen(quiz: Row[Any], slots: list[Any]) -> dict[str, Any]:
    """Return what publishing a quiz keeps of it."""
    total, _ = scoring.total(worths(slots))
    outline = outline_of(slots).model_dump(mode="json", exclude={"version"})
    # The ids are part of it: what is known of a revision is known of these questions, not of others that say the same.
    asked = [[str(slot.revision_id), slot.content_hash, str(slot.worth)] for slot in slots]
    digest = content.content_hash([outline, asked])
    policy = {name: getattr(quiz, name) for name in POLICY}
    return {**policy, "max_score": total, "content_hash": digest}


class Quizzes(Drafting[S]):
    """Quizzes, for authors."""

    @verb
    def create(
        self,
        session: Session,
        data: QuizCreate,
        *,
        quiz_id: uuid.UUID | None = None,
        author: S | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizReturn:
        """Create a quiz as a draft, with the questions that come inline.

        Args:
            session: yours, sync or async; flushed, never committed.
            data: what the quiz is.
            quiz_id: an id made by the client, a UUID version 7: creating twice with it is creating once.
            author: the host's user who makes it, kept in `author_id`.
            values: what goes into columns that you added, such as `{Quiz.course_id: 3}`.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.

        Raises:
            Refused: `id_taken`: another call has made a quiz with this id.
        """
        at = moment(now)
        made = ids(new_id, at)
        given = client_id("quiz_id", quiz_id)
        made_from = None if given is None else call_hash(data, author)
        extra = added_by_host(self._models.quiz, values)
        if self._is_made(session, self._models.quiz, given, made_from):
            return self._made(session, given)
        bank_id = made()
        policy = {name: getattr(data, name) for name in POLICY}
        dated: dict[str, Any] = {"version": FIRST_VERSION, "created_at": at, "updated_at": at}
        quiz = QuizReturn(id=given or made(), bank_id=bank_id, state=QuizState.DRAFT, **dated, **policy)
        self._run(
            session, _insert_bank, {"id": bank_id, "name": data.title, "archived_at": None, "made_from": None, **dated}
        )
        row = as_columns({name: getattr(quiz, name) for name in _RETURNED})
        stored = {**row, "author_id": author, "made_from": made_from, **extra}
        try:
            new = self._make(session, self._models.quiz, _insert, stored, tuple(extra), given=given is not None)
        except Refused:
            self._run(session, _delete_bank, {"_id": bank_id})
            raise
        if not new:
            self._run(session, _delete_bank, {"_id": bank_id})
            return self._made(session, given)
        revision = made()
        drafted = self._revision_row(SimpleNamespace(**row), revision, 1, at)
        self._run(session, content.insert_quiz_revision, drafted)
        asked = content.rows_of(data.questions, quiz.bank_id, at=at, new_id=made)
        self._store(session, asked, {})
        slots = [QuestionSlot(question_id=one.question["id"]) for one in asked]
        self._lay_out(session, revision, QuizOutline(sections=[SectionOutline(slots=slots)]), at, made)
        return quiz

    def _made(self, session: Session, quiz_id: uuid.UUID | None) -> QuizReturn:
        return QuizReturn.model_validate(self._first(session, _get_now, {"id": quiz_id}))

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
        """Return quizzes in the order of their ids, `limit` of them after the id `after`.

        `where` are further conditions, such as `[Quiz.author_id == 7, Quiz.course_id == 3]`.
        """
        return self._page(session, _page, QuizReturn.model_validate, where=where, after=after, limit=limit)

    @verb
    def update(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        data: QuizUpdate,
        *,
        version: int | None = None,
        now: datetime | None = None,
    ) -> QuizReturn:
        """Change what was given of a quiz. Attempts keep what was published; new ones see it after publishing.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        quiz = self._locked(session, quiz_id)
        given = as_columns({name: getattr(data, name) for name in data.model_fields_set})
        return self._change(session, self._models.quiz, quiz, given, _returned, at=moment(now), version=version)

    @lone_verb
    def outline(self, session: Session, quiz_id: uuid.UUID) -> QuizOutline:
        """Return what a quiz is made of: its draft, or what was published last where nothing was changed since.

        Raises:
            NotFound: `quiz_not_found`.
        """
        version = self.get(session, quiz_id).version
        outline = self._outline(session, self._newest(session, quiz_id).id)
        return outline.model_copy(update={"version": version})

    @verb
    def arrange(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        outline: QuizOutline,
        *,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizOutline:
        """Make the draft of a quiz of these sections and slots, instead of what it was made of. Takers see it after the next publishing.

        The outline knows of which version of the quiz it is, if it was read; `version` is for one that was not.

        Raises:
            NotFound: `quiz_not_found`, `question_not_found`, `bank_not_found`, `category_not_found`.
            Refused: `quiz_archived`.
            Conflict: `version_conflict`: the quiz is no longer of this version.
        """
        at = moment(now)
        made = ids(new_id, at)
        quiz = self._locked(session, quiz_id)
        self._refuse_unknown(session, [slot for section in outline.sections for slot in section.slots])
        newest = self._newest(session, quiz_id)
        there = self._outline(session, newest.id).model_copy(update={"version": quiz.version})
        if same_outline(there, outline):
            return there
        refuse_other_version(outline.version if version is None else version, quiz.version, lambda: there)
        draft = newest.id
        if newest.published_at is not None:
            draft = self._next_revision(session, quiz, newest, at, made)
        elif there.sections:  # a delete of nothing would lock, on MariaDB, the place where others put theirs
            self._run(session, content.delete_slots, {"revision_id": draft})
            self._run(session, content.delete_sections, {"revision_id": draft})
        self._lay_out(session, draft, outline, at, made)
        self._run(session, content.touch_quiz, {"_id": quiz_id, "_updated_at": at})
        return outline.model_copy(update={"version": quiz.version + 1})

    def _refuse_unknown(self, session: Session, slots: list[QuestionSlot | DrawSlot]) -> None:
        """Refuse slots of questions, revisions, banks and categories that are not there."""
        asked = [slot for slot in slots if isinstance(slot, QuestionSlot)]
        draws = [slot for slot in slots if isinstance(slot, DrawSlot)]
        known = self._known(session, content.known_revisions, "_questions", {slot.question_id for slot in asked})
        revisions = {(row.id, row.revision_id) for row in known} | {(row.id, None) for row in known}
        if any((slot.question_id, slot.revision_id) not in revisions for slot in asked):
            raise NotFound("question_not_found", "There is no such question, or no such revision of it")
        banks = {row.id for row in self._known(session, content.known_banks, "_banks", {d.bank_id for d in draws})}
        if any(slot.bank_id not in banks for slot in draws):
            raise NotFound("bank_not_found", "There is no such bank")
        wanted = {slot.category_id for slot in draws} - {None}
        categories = {
            (row.id, row.bank_id) for row in self._known(session, content.known_categories, "_categories", wanted)
        }
        if any(slot.category_id and (slot.category_id, slot.bank_id) not in categories for slot in draws):
            raise NotFound("category_not_found", "The bank has no such category")

    def _known(self, session: Session, build: Any, name: str, wanted: Any) -> list[Any]:
        return list(self._run(session, build, {name: sorted(wanted)}).all()) if wanted else []

    @lone_verb
    def lint(self, session: Session, quiz_id: uuid.UUID) -> tuple[QuizProblem, ...]:
        """Return what must be mended before the quiz can be published, and what its author probably did not mean.

        Raises:
            NotFound: `quiz_not_found`.
        """
        quiz = self.get(session, quiz_id)
        return tuple(self._problems(session, quiz, self._drafted(session, self._newest(session, quiz_id).id)))

    def _hold_asked(self, session: Session, revision_id: uuid.UUID) -> None:
        if session.get_bind(self._models.quiz).dialect.name not in MARIADB:
            return
        asked = sorted(set(self._run(session, _asked, {"revision_id": revision_id}).scalars()))
        for step in in_steps(asked):
            self._run(session, _hold_questions, {"_questions": step}).all()

    def _drafted(self, session: Session, revision_id: uuid.UUID) -> list[Any]:
        return list(self._run(session, _drafted, {"revision_id": revision_id}).all())

    def _problems(self, session: Session, policy: Any, slots: list[Any]) -> Iterator[QuizProblem]:
        """Yield the problems of a quiz; the pools of its draws are looked at as they are now."""
        pools = {}
        for place, slot in enumerate(slots, 1):
            if slot.question_id is None:
                build = POOLS[slot.draw_category_id is not None, bool(slot.draw_tags)]
                values = pool_values(slot.draw_bank_id, slot.draw_category_id, slot.draw_tags or [], unanswerable())
                pools[place] = {str(row.id): row.identity for row in self._run(session, build, values)}
        yield from problems_of_quiz(policy, slots, pools)

    @verb
    def publish(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizReturn:
        """Freeze the quiz as it is now into a revision that takers get. What is published already stays the same revision.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`, `quiz_empty`, `quiz_too_long`.
            Invalid: `quiz_invalid`: it has problems that are errors; `lint` lists them too, with the warnings.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        made = ids(new_id, at)
        quiz = self._locked(session, quiz_id)
        newest = self._newest(session, quiz_id)
        self._hold_asked(session, newest.id)
        slots = self._drafted(session, newest.id)
        lifecycle.refuse_publish(QuizState(quiz.state), len(slots))
        frozen = _frozen(quiz, slots)
        if self._is_published(session, quiz, frozen):
            return _returned(quiz._asdict())
        refuse_other_version(version, quiz.version, lambda: _returned(quiz._asdict()))
        self._refuse_problems(session, quiz, slots)
        draft, number, places = newest.id, newest.number, slots
        if newest.published_at is not None:
            draft, number = self._draft(session, quiz, at, made), newest.number + 1
            places = self._drafted(session, draft)
        # What was checked is frozen: a question may have been revised since it was read.
        pins = [
            {"_id": place.id, "_revision_id": slot.revision_id}
            for place, slot in zip(places, slots, strict=True)
            if slot.question_id is not None
        ]
        self._many(session, _pin_slot, pins)
        values = {f"_{name}": value for name, value in frozen.items()}
        self._run(session, _freeze, {"_id": draft, "_published_at": at, **values})
        new = {"state": QuizState.PUBLISHED.value, "revision": number, "published_at": at}
        published = self._change(session, self._models.quiz, quiz, new, _returned, at=at, version=None)
        if quiz.revision is None:  # the first time: the quiz is locked, so nobody else makes one
            self._run(session, _insert_assignment, self._assignment_row(quiz_id, at, made))
        return published

    def _is_published(self, session: Session, quiz: Row[Any], frozen: dict[str, Any]) -> bool:
        """Return whether the revision that takers get is what publishing would make."""
        if quiz.revision is None:
            return False
        values = {"quiz_id": quiz.id, "number": quiz.revision}
        last = self._first(session, _published, values)
        return last is not None and not differing(last._asdict(), frozen)

    def _refuse_problems(self, session: Session, quiz: Row[Any], slots: list[Any]) -> None:
        if sum(slot.draw_count or 1 for slot in slots) > MAX_QUESTIONS:
            raise Refused("quiz_too_long", f"A quiz has at most {MAX_QUESTIONS} questions", most=MAX_QUESTIONS)
        refuse_errors(self._problems(session, quiz, slots))

    @verb
    def archive(
        self, session: Session, quiz_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> QuizReturn:
        """Take a quiz out of use: no changes, no new attempts; attempts that are open go on. Nothing is deleted.

        One that is archived stays as it is.

        Raises:
            NotFound: `quiz_not_found`.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        quiz = self._held(session, quiz_id)
        new = {} if quiz.archived_at else {"state": QuizState.ARCHIVED.value, "archived_at": at}
        return self._change(session, self._models.quiz, quiz, new, _returned, at=at, version=version)

    @staticmethod
    def _assignment_row(quiz_id: uuid.UUID, at: datetime, new_id: NewId) -> dict[str, Any]:
        open_ended = dict.fromkeys(("context", "zone", "opens_at", "due_at", "closes_at", "archived_at"))
        dated = {"version": FIRST_VERSION, "created_at": at, "updated_at": at}
        made = {"id": new_id(), "quiz_id": quiz_id, "default_marker": True, "made_from": None, **dated}
        return {**made, **open_ended, "settings": {}}
