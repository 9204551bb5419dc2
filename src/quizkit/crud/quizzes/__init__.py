"""Verbs for quizzes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Columns, Values, Where
from quizkit.crud._core.verbs import VerbGroup, reading, verb
from quizkit.vocabulary import Order, QuizState

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
    from quizkit.schemas import Page, QuizCreate, QuizOutline, QuizProblem, QuizReturn, QuizUpdate

__all__ = ["Quizzes"]


class Quizzes(VerbGroup[S]):
    """Quizzes, for authors."""

    @verb
    def create(
        self,
        session: Session,
        data: QuizCreate,
        *,
        author: S | None = None,
        quiz_id: uuid.UUID | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizReturn[S]:
        """Create a quiz as a draft, together with its inline questions.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            data: the new quiz.
            author: the host's user who is its author, stored in `author_id`.
            quiz_id: an id made by the client, a UUID version 7; repeating the call with it creates nothing new.
            values: values for columns that you added, such as `{Quiz.course_id: 3}`.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            Refused: `id_taken`: another call already used this id for a quiz.
        """
        from quizkit.crud.quizzes import create

        return create.create(self._work(session, now, new_id), data, quiz_id, author, values)

    @reading
    def get(self, session: Session, quiz_id: uuid.UUID, *, columns: Columns = ()) -> QuizReturn[S]:
        """Return a quiz.

        `columns` adds values of your own columns, such as `[Quiz.course_id]`, to its `columns`.

        Raises:
            UsageError: `columns_column`.
            NotFound: `quiz_not_found`.
        """
        from quizkit.crud.quizzes import find

        return find.get(self._work(session), quiz_id, columns)

    @reading
    def page(
        self,
        session: Session,
        *,
        author: S | None = None,
        state: QuizState | None = None,
        text: str | None = None,
        order: Order = Order.OLDEST,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[QuizReturn[S]]:
        """Return up to `limit` quizzes in the order of ids, starting after the id `after`.

        Args:
            session: your session, sync or async.
            author: only quizzes of this author.
            state: only quizzes in this state.
            text: only quizzes whose title or description contains this text; case and accents are ignored.
            order: by id, the oldest or the newest first; `after` continues in the same order.
            where: your own conditions, such as `[Quiz.course_id == 3]`.
            after: the id of the last item of the previous page.
            limit: the maximum number of items, from 1 to 200.
            columns: your own columns that each item also gets, such as `[Quiz.course_id]`.
        """
        from quizkit.crud.quizzes import find

        return find.page(
            self._work(session),
            author=author,
            state=state,
            text=text,
            order=order,
            where=where,
            after=after,
            limit=limit,
            columns=columns,
        )

    @verb
    def update(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        data: QuizUpdate,
        *,
        version: int | None = None,
        now: datetime | None = None,
    ) -> QuizReturn[S]:
        """Change the given fields of a quiz. Attempts keep what was published; new ones get changes after publishing.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.quizzes import edit

        return edit.update(self._work(session, now), quiz_id, data, version)

    @reading
    def outline(self, session: Session, quiz_id: uuid.UUID) -> QuizOutline:
        """Return the outline of a quiz: its draft, or the last published revision if nothing has changed since.

        Raises:
            NotFound: `quiz_not_found`.
        """
        from quizkit.crud.quizzes import outline

        return outline.outline(self._work(session), quiz_id)

    @verb
    def set_outline(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        data: QuizOutline,
        *,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizOutline:
        """Replace the sections and slots of a quiz's draft. Takers get them after the next publishing.

        An outline that was read carries the quiz version it belongs to; pass `version` for an outline that was not
        read.

        Raises:
            NotFound: `quiz_not_found`, `question_not_found`, `bank_not_found`, `category_not_found`.
            Refused: `quiz_archived`.
            Conflict: `version_conflict`: the quiz has another version now.
        """
        from quizkit.crud.quizzes import outline

        return outline.set_outline(self._work(session, now, new_id), quiz_id, data, version)

    @verb
    def remove(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        question_id: uuid.UUID,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizOutline:
        """Remove a question from a quiz's draft, and return the outline. The question stays in its bank.

        Takers have the question until the next publishing. Removing a question that the quiz does not have changes
        nothing; what a draw takes from a bank is not affected.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.quizzes import outline

        return outline.remove(self._work(session, now, new_id), quiz_id, question_id, version)

    @reading
    def lint(self, session: Session, quiz_id: uuid.UUID) -> tuple[QuizProblem, ...]:
        """Return what must be fixed before the quiz can be published, and what is probably a mistake.

        Raises:
            NotFound: `quiz_not_found`.
        """
        from quizkit.crud.quizzes import lint

        return lint.lint(self._work(session), quiz_id)

    @verb
    def publish(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        version: int | None = None,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> QuizReturn[S]:
        """Freeze the current draft into the revision that takers get; without changes, keep the published revision.

        Raises:
            NotFound: `quiz_not_found`.
            Refused: `quiz_archived`, `quiz_empty`, `quiz_too_long`.
            Invalid: `quiz_invalid`: the quiz has errors; `lint` lists them too, with the warnings.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.quizzes import publish

        return publish.publish(self._work(session, now, new_id), quiz_id, version)

    @verb
    def archive(
        self, session: Session, quiz_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> QuizReturn[S]:
        """Archive a quiz: no more changes and no new attempts; open attempts continue. Nothing is deleted.

        Archiving it again changes nothing.

        Raises:
            NotFound: `quiz_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.quizzes import edit

        return edit.archive(self._work(session, now), quiz_id, version)

    @verb
    def restore(
        self, session: Session, quiz_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> QuizReturn[S]:
        """Take a quiz out of the archive: it is published again if it was, else a draft.

        Restoring a quiz that is not archived changes nothing.

        Raises:
            NotFound: `quiz_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        from quizkit.crud.quizzes import edit

        return edit.restore(self._work(session, now), quiz_id, version)
