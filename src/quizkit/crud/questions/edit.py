"""Change questions: add a revision, move them to a category, archive them."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from quizkit.crud._core.changing import change, refuse_other_version
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import in_batches
from quizkit.crud.categories import refuse_unknown_category
from quizkit.crud.questions import rows, statements
from quizkit.errors import NotFound, Refused
from quizkit.questions import Question, parse
from quizkit.schemas import Moved, QuestionReturn

__all__ = ["archive", "move", "revise"]

_CHANGED: Final = ("version", "updated_at", "archived_at")


def revise(work: Work[S], question_id: uuid.UUID, question: Question, version: int | None) -> QuestionReturn:
    """Create the next revision of a question and return it; without changes, return the current one.

    Raises:
        NotFound: `question_not_found`.
        Refused: `question_archived`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, latest = _locked(work, question_id)
    if old.archived_at is not None:
        raise Refused("question_archived", "The question is archived and can no longer be changed")
    checked = parse(question)
    number = old.revision + 1
    row = rows.revision_row(checked, question_id, number, revision_id=work.new_id(), at=work.now)
    if row["content_hash"] == latest.content_hash:
        return rows.returned(latest)
    refuse_other_version(version, old.version, lambda: rows.returned(latest))
    work.run(statements.insert_question_revision, row)
    new = {
        "type": checked.type,
        "title": checked.title,
        "revision": number,
        "search": rows.searchable(checked),
    }
    changed = change(work, work.models.question, old, new, dict, version=None)
    work.run(statements.delete_question_tags, {"_id": question_id})
    work.run_many(statements.insert_question_tag, rows.tag_rows(checked, question_id))
    return rows.returned_as_made(changed, row, checked)


def move(
    work: Work[S],
    question_ids: Iterable[uuid.UUID],
    category_id: uuid.UUID | None,
    versions: Mapping[uuid.UUID, int],
) -> Moved:
    """Move questions of one bank into a category of it, or out of any, and return their versions.

    Raises:
        NotFound: `question_not_found`, `category_not_found`: not all exist, or they are not in one bank.
        Conflict: `version_conflict`: a question to move no longer has the version that `versions` gives for it.
    """
    wanted = sorted(set(question_ids))  # the order in which all verbs lock questions
    batches = list(in_batches(wanted))
    locked = [row for batch in batches for row in work.run(statements.lock_questions, {"_questions": batch})]
    banks = {row.bank_id for row in locked}
    if len(locked) < len(wanted) or len(banks) > 1:
        raise NotFound("question_not_found", "The questions must exist and belong to one bank")
    for row in locked:
        if row.category_id != category_id:
            refuse_other_version(versions.get(row.id), row.version, functools.partial(_current, work, row.id))
    for bank_id in banks:
        refuse_unknown_category(work, category_id, bank_id)
        for batch in batches:
            to = {"_questions": batch, "_bank": bank_id, "_to": category_id, "_now": work.now}
            work.run(statements.move_questions, to)
    return Moved(
        category_id=category_id,
        versions={row.id: row.version + (row.category_id != category_id) for row in locked},
    )


def archive(work: Work[S], question_id: uuid.UUID, version: int | None) -> QuestionReturn:
    """Archive a question, and return it.

    Raises:
        NotFound: `question_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, latest = _locked(work, question_id)
    new = {} if old.archived_at else {"archived_at": work.now}

    def returned(columns: Mapping[str, Any]) -> QuestionReturn:
        return rows.returned(latest).model_copy(update={name: columns[name] for name in _CHANGED})

    return change(work, work.models.question, old, new, returned, version=version)


def _locked(work: Work[S], question_id: uuid.UUID) -> tuple[Any, Any]:
    """Lock a question; return its row, and its row joined with the latest revision."""
    old = work.first(statements.lock_question, {"id": question_id})
    if old is None:
        raise NotFound("question_not_found", "There is no such question")
    return old, work.first(statements.question_now, {"id": question_id})


def _current(work: Work[S], question_id: uuid.UUID) -> QuestionReturn:
    return rows.returned(work.first(statements.question_now, {"id": question_id}))
