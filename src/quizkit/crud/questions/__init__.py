"""Verbs for questions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Columns, Values, Where
from quizkit.crud._core.verbs import VerbGroup, reading, verb
from quizkit.questions import Question, QuestionDraft
from quizkit.vocabulary import Order

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
    from quizkit.schemas import Moved, Page, QuestionReturn

__all__ = ["Questions"]


class Questions(VerbGroup[S]):
    """Questions, for authors: what these verbs return contains the key."""

    @verb
    def add(
        self,
        session: Session,
        questions: Iterable[Question | QuestionDraft],
        *,
        quiz_id: uuid.UUID | None = None,
        bank_id: uuid.UUID | None = None,
        category_id: uuid.UUID | None = None,
        question_ids: Iterable[uuid.UUID] | None = None,
        values: Values | Iterable[Values] = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> tuple[QuestionReturn, ...]:
        """Add questions to a bank, or to the end of a quiz's draft and to the quiz's bank.

        A question identical to an active question of the bank is still added; `equal_to` in the result names the first
        such question. No attempt draws two identical questions.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            questions: the questions to add, in order; a `QuestionDraft` need not be complete.
            quiz_id: the quiz; takers get the questions after the next publishing.
            bank_id: the bank; give either this or the quiz.
            category_id: the category of the bank to put them into.
            question_ids: ids made by the client, one per question; repeating the call adds nothing.
            values: values for columns that you added: one mapping for all questions, or one for each, in order.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `quiz_not_found`, `bank_not_found`, `category_not_found`.
            Refused: `quiz_archived`, `id_taken`: another call already used one of these ids for a question.
            UsageError: `add_where`, `question_ids_count`: not one id for each question.
        """
        from quizkit.crud.questions import add

        return add.add(
            self._work(session, now, new_id),
            questions,
            quiz_id=quiz_id,
            bank_id=bank_id,
            category_id=category_id,
            question_ids=question_ids,
            values=values,
        )

    @reading
    def get(self, session: Session, question_id: uuid.UUID, *, columns: Columns = ()) -> QuestionReturn:
        """Return a question: its latest revision, and its draft, if what was written since is not complete.

        `columns` adds values of your own columns, such as `[Question.course_id]`, to its `columns`.

        Raises:
            UsageError: `columns_column`.
            NotFound: `question_not_found`.
        """
        from quizkit.crud.questions import find

        return find.get(self._work(session), question_id, columns)

    @reading
    def page(
        self,
        session: Session,
        *,
        quiz_id: uuid.UUID | None = None,
        bank_id: uuid.UUID | None = None,
        category_id: uuid.UUID | None = None,
        type: str | None = None,  # noqa: A002 - the field's name
        tags: Iterable[str] = (),
        text: str | None = None,
        incomplete: bool | None = None,
        order: Order = Order.OLDEST,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[QuestionReturn]:
        """Return up to `limit` questions in the order of ids, starting after the id `after`.

        Args:
            session: your session, sync or async.
            quiz_id: only questions in the outline of this quiz, which may come from any bank; not those that it draws.
            bank_id: only questions of this bank.
            category_id: only questions of this category and its subcategories.
            type: only questions of this type, which is registered; `where=` finds others.
            tags: only questions with all of these tags.
            text: only questions whose title or prompt (the first 4,000 characters) contains this text;
                case and accents are ignored.
            incomplete: only questions with a draft that is not complete, or with False only those without one.
            order: by id, the oldest or the newest first; `after` continues in the same order.
            where: your own conditions, such as `[Question.level == 2]`.
            after: the id of the last item of the previous page.
            limit: the maximum number of items, from 1 to 200.
            columns: your own columns that each item also gets, such as `[Question.level]`.

        Raises:
            Invalid: `argument_invalid`: more than 100 tags, a tag or a text that no question could have, or a type that
                is not registered.
        """
        from quizkit.crud.questions import find

        return find.page(
            self._work(session),
            quiz_id=quiz_id,
            bank_id=bank_id,
            category_id=category_id,
            type_name=type,
            tags=tags,
            text=text,
            incomplete=incomplete,
            order=order,
            where=where,
            after=after,
            limit=limit,
            columns=columns,
        )

    @verb
    def move(
        self,
        session: Session,
        question_ids: Iterable[uuid.UUID],
        *,
        category_id: uuid.UUID | None,
        versions: Mapping[uuid.UUID, int] | None = None,
        now: datetime | None = None,
    ) -> Moved:
        """Move questions into a category of their bank, or with None out of any. Return where they are now.

        Archived questions can be moved too.

        Raises:
            NotFound: `question_not_found`, `category_not_found`: not all exist, or they are not in one bank.
            Conflict: `version_conflict`: a question to move no longer has the version that `versions` gives for it.
            UsageError: `versions_unknown`: `versions` has an id that is not in `question_ids`.
        """
        from quizkit.crud.questions import move

        return move.move(self._work(session, now), list(question_ids), category_id, versions or {})

    @verb
    def revise(
        self,
        session: Session,
        question_id: uuid.UUID,
        question: Question | QuestionDraft,
        *,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuestionReturn:
        """Create the next revision of a question, if its content differs.

        Attempts keep the revision they have; quizzes use the new one after the next publishing. A `QuestionDraft` that
        is not complete makes no revision: it is stored beside the latest one until the question is complete again, and
        replaces the draft before it. Passing the latest revision discards the draft.

        Raises:
            NotFound: `question_not_found`.
            Refused: `question_archived`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.questions import edit

        return edit.revise(self._work(session, now, new_id), question_id, question, version)

    @verb
    def archive(
        self, session: Session, question_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> QuestionReturn:
        """Archive a question. Quizzes and attempts that use it keep it; nothing is deleted.

        Archiving it again changes nothing.

        Raises:
            NotFound: `question_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.questions import edit

        return edit.archive(self._work(session, now), question_id, version)

    @verb
    def restore(
        self, session: Session, question_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> QuestionReturn:
        """Take a question out of the archive: it can be revised and drawn again.

        Restoring a question that is not archived changes nothing.

        Raises:
            NotFound: `question_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.questions import edit

        return edit.restore(self._work(session, now), question_id, version)
