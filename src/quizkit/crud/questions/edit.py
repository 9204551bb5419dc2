"""Changing questions: their next revision, their category, whether they are in use."""

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
from quizkit.schemas import QuestionReturn

__all__ = ["archive", "move", "revise"]

_CHANGED: Final = ("version", "updated_at", "archived_at")


def revise(work: Work[S], question_id: uuid.UUID, question: Question, version: int | None) -> QuestionReturn:
    """Return a question with its next revision; as it is where that would say the same.

    Raises:
        NotFound: `question_not_found`.
        Refused: `question_archived`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, there = _locked(work, question_id)
    if old.archived_at is not None:
        raise Refused("question_archived", "The question is archived and no longer changes")
    checked = parse(question)
    number = old.revision + 1
    row = rows.revision_row(checked, question_id, number, revision_id=work.new_id(), at=work.now)
    if row["content_hash"] == there.content_hash:
        return rows.returned(there)
    refuse_other_version(version, old.version, lambda: rows.returned(there))
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
) -> int:
    """Return how many questions of one bank are in a category of it now, or in none.

    Raises:
        NotFound: `question_not_found`, `category_not_found`: not all are there, or not in one bank.
        Conflict: `version_conflict`: one that would move is no longer of the version that `versions` has for it.
    """
    wanted = sorted(set(question_ids))  # the order in which everybody locks questions
    steps = list(in_batches(wanted))
    locked = [row for step in steps for row in work.run(statements.lock_questions, {"_questions": step})]
    banks = {row.bank_id for row in locked}
    if len(locked) < len(wanted) or len(banks) > 1:
        raise NotFound("question_not_found", "These are not questions of one bank")
    for row in locked:
        if row.category_id != category_id:
            refuse_other_version(versions.get(row.id), row.version, functools.partial(_as_it_is, work, row.id))
    for bank_id in banks:
        refuse_unknown_category(work, category_id, bank_id)
        for step in steps:
            to = {"_questions": step, "_bank": bank_id, "_to": category_id, "_now": work.now}
            work.run(statements.move_questions, to)
    return len(locked)


def archive(work: Work[S], question_id: uuid.UUID, version: int | None) -> QuestionReturn:
    """Return a question that is out of use.

    Raises:
        NotFound: `question_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old, there = _locked(work, question_id)
    new = {} if old.archived_at else {"archived_at": work.now}

    def shown(columns: Mapping[str, Any]) -> QuestionReturn:
        return rows.returned(there).model_copy(update={name: columns[name] for name in _CHANGED})

    return change(work, work.models.question, old, new, shown, version=version)


def _locked(work: Work[S], question_id: uuid.UUID) -> tuple[Any, Any]:
    """Return a question, locked, and the same with its latest revision."""
    old = work.first(statements.lock_question, {"id": question_id})
    if old is None:
        raise NotFound("question_not_found", "There is no such question")
    return old, work.first(statements.question_now, {"id": question_id})


def _as_it_is(work: Work[S], question_id: uuid.UUID) -> QuestionReturn:
    return rows.returned(work.first(statements.question_now, {"id": question_id}))
