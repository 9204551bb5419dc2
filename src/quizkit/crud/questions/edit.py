"""Change a question: add a revision, archive it, or restore it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from quizkit.crud._core.changing import change, differing, refuse_other_version
from quizkit.crud._core.context import S, Work
from quizkit.crud.questions import rows, statements
from quizkit.errors import NotFound
from quizkit.questions import Question, QuestionDraft
from quizkit.questions._guards.drafts import Incomplete, read_written
from quizkit.rules import lifecycle
from quizkit.schemas import QuestionReturn

__all__ = ["archive", "restore", "revise"]

_CHANGED: Final = ("version", "updated_at", "archived_at")


def revise(
    work: Work[S], question_id: uuid.UUID, question: Question | QuestionDraft, version: int | None
) -> QuestionReturn:
    """Create the next revision of a question, or store its draft, and return it; without changes, return it as it is.

    Raises:
        NotFound: `question_not_found`.
        Refused: `question_archived`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, latest = _locked(work, question_id)
    lifecycle.refuse_question_change(old.archived_at)
    content = read_written(question)
    new = rows.content_columns(content)
    revision = None if isinstance(content, Incomplete) else _next_revision(work, content, old, latest)
    if not differing(old._asdict(), new) and revision is None:
        return rows.returned(latest)
    refuse_other_version(version, old.version, lambda: rows.returned(latest))
    if revision is not None:
        work.run(statements.insert_question_revision, revision)
        new["revision"] = revision["number"]
    changed = change(work, work.models.question, old, new, dict, version=None)
    if revision is not None or old.revision is None:
        work.run(statements.delete_question_tags, {"__id": question_id})
        work.run_many(statements.insert_question_tag, rows.tag_rows(content, question_id))
    if revision is not None:
        return rows.returned_as_made(changed, revision, content)
    return rows.returned_from({**latest._mapping, **changed})  # noqa: SLF001 - the public name of SQLAlchemy


def _next_revision(work: Work[S], question: Question, old: Any, latest: Any) -> dict[str, Any] | None:
    """Return the row of the next revision; None if its content is that of the latest."""
    number = (old.revision or 0) + 1
    row = rows.revision_row(question, old.id, number, revision_id=work.new_id(), at=work.now)
    return None if row["content_hash"] == latest.content_hash else row


def archive(work: Work[S], question_id: uuid.UUID, version: int | None) -> QuestionReturn:
    """Archive a question, and return it.

    Raises:
        NotFound: `question_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, latest = _locked(work, question_id)
    return _archived(work, old, latest, lifecycle.archive_time(old.archived_at, work.now), version)


def restore(work: Work[S], question_id: uuid.UUID, version: int | None) -> QuestionReturn:
    """Take a question out of the archive, and return it.

    Raises:
        NotFound: `question_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, latest = _locked(work, question_id)
    return _archived(work, old, latest, None, version)


def _archived(work: Work[S], old: Any, latest: Any, at: datetime | None, version: int | None) -> QuestionReturn:
    def returned(columns: Mapping[str, Any]) -> QuestionReturn:
        return rows.returned(latest).model_copy(update={name: columns[name] for name in _CHANGED})

    return change(work, work.models.question, old, {"archived_at": at}, returned, version=version)


def _locked(work: Work[S], question_id: uuid.UUID) -> tuple[Any, Any]:
    """Lock a question; return its row, and its row joined with the latest revision."""
    old = work.first(statements.lock_question, {"id": question_id})
    if old is None:
        raise NotFound("question_not_found", "There is no such question")
    return old, work.first(statements.question_now, {"id": question_id})
