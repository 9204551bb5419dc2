"""Change the policy of a quiz, archive it, or restore it."""

from __future__ import annotations

import uuid

from quizkit.crud._core.changing import change
from quizkit.crud._core.context import S, Work
from quizkit.crud._drafts import drafting
from quizkit.crud._terms.policy import as_columns
from quizkit.crud.quizzes import rows
from quizkit.rules import lifecycle
from quizkit.schemas import QuizReturn, QuizUpdate
from quizkit.vocabulary import QuizState

__all__ = ["archive", "restore", "update"]


def update(work: Work[S], quiz_id: uuid.UUID, data: QuizUpdate, version: int | None) -> QuizReturn[S]:
    """Change the given policy fields of a quiz, and return it.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    quiz = drafting.lock_quiz_for_change(work, quiz_id)
    new = as_columns({name: getattr(data, name) for name in data.model_fields_set})
    known = {**quiz._asdict(), **new}
    new |= rows.searched(known["title"], known["description"])
    return change(work, work.models.quiz, quiz, new, rows.returned, version=version)


def archive(work: Work[S], quiz_id: uuid.UUID, version: int | None) -> QuizReturn[S]:
    """Archive a quiz, and return it.

    Raises:
        NotFound: `quiz_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    quiz = drafting.lock_quiz(work, quiz_id)
    archived_at = lifecycle.archive_time(quiz.archived_at, work.now)
    new = {"state": QuizState.ARCHIVED.value, "archived_at": archived_at}
    return change(work, work.models.quiz, quiz, new, rows.returned, version=version)


def restore(work: Work[S], quiz_id: uuid.UUID, version: int | None) -> QuizReturn[S]:
    """Take a quiz out of the archive, and return it.

    Raises:
        NotFound: `quiz_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    quiz = drafting.lock_quiz(work, quiz_id)
    new = {"state": lifecycle.state_in_use(published=quiz.revision is not None).value, "archived_at": None}
    return change(work, work.models.quiz, quiz, new, rows.returned, version=version)
