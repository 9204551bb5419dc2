"""Add questions to a bank, or to a quiz and its bank."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.creating import call_hash, client_id, refuse_other_call
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._core.tables import in_batches
from quizkit.crud._drafts import drafting
from quizkit.crud.categories import refuse_unknown_category
from quizkit.crud.questions import rows, statements
from quizkit.crud.questions.rows import Content
from quizkit.crud.questions.store import new_questions, store
from quizkit.errors import NotFound, Refused, UsageError
from quizkit.questions import Question, QuestionDraft
from quizkit.questions._guards.drafts import Incomplete, read_written
from quizkit.questions._guards.stored import view_and_identity
from quizkit.rules import duplicates
from quizkit.schemas import QuestionReturn

__all__ = ["add"]


def add(
    work: Work[S],
    questions: Iterable[Question | QuestionDraft],
    *,
    quiz_id: uuid.UUID | None,
    bank_id: uuid.UUID | None,
    category_id: uuid.UUID | None,
    question_ids: Iterable[uuid.UUID] | None,
    values: Values | Iterable[Values],
) -> tuple[QuestionReturn, ...]:
    """Add questions to a bank, or to the draft of a quiz and its bank, and return them.

    Raises:
        NotFound: `quiz_not_found`, `bank_not_found`, `category_not_found`.
        Refused: `quiz_archived`, `id_taken`: another call already used one of these ids for a question.
        UsageError: `add_where`, `question_ids_count`: not one id for each question.
    """
    if (quiz_id is None) == (bank_id is None):
        raise UsageError("add_where", "Give either quiz_id or bank_id")
    checked = [read_written(question) for question in questions]
    requested_ids = _requested_ids(question_ids, len(checked))
    made_from = [
        call_hash(_hashed(question), quiz_id, bank_id, category_id) if requested_ids else None for question in checked
    ]
    if _already_added(work, requested_ids, made_from):
        return _existing(work, requested_ids, checked)
    extra = _host_values(work, values, len(checked))
    quiz = None if quiz_id is None else drafting.lock_quiz_for_change(work, quiz_id)
    target_bank_id = _target_bank(work, bank_id if quiz is None else quiz.bank_id, quiz, category_id)
    refuse_unknown_category(work, category_id, target_bank_id)
    if not checked:
        return ()
    new = new_questions(work, checked, target_bank_id, category_id, requested_ids=requested_ids, made_from=made_from)
    equal = _equal(
        work, target_bank_id, {added.question["id"]: added.revision["identity"] for added in new if added.revision}
    )
    if not store(work, new, extra, by_client=bool(requested_ids)):
        if not _already_added(work, requested_ids, made_from, build=statements.made_from_now):
            raise Refused("id_taken", "Another call has already created something with one of these ids: use new ids")
        return _existing(work, requested_ids, checked)
    if quiz is not None:
        drafting.append_questions(work, quiz, [added.question["id"] for added in new])
    return tuple(
        rows.returned_as_made(added.question, added.revision, question, equal.get(added.question["id"]))
        for added, question in zip(new, checked, strict=True)
    )


def _hashed(content: Content) -> Question | str:
    return content_hash(content.body) if isinstance(content, Incomplete) else content


def _target_bank(
    work: Work[S], bank_id: uuid.UUID | None, quiz: Row[Any] | None, category_id: uuid.UUID | None
) -> uuid.UUID:
    """Return the id of the bank to add to; the bank of a quiz exists, and needs no lock without a category.

    Raises:
        NotFound: `bank_not_found`.
    """
    must_read = quiz is None or category_id is not None
    if bank_id is None or (must_read and work.first(statements.select_bank, {"id": bank_id}) is None):
        raise NotFound("bank_not_found", "There is no such bank")
    return bank_id


def _host_values(work: Work[S], values: Values | Iterable[Values], count: int) -> list[dict[str, Any]]:
    """Return the values of the host's columns for each question, all with the same columns: the insert is one statement.

    Raises:
        UsageError: `values_count`: not one mapping for each question, or their columns differ; `values_column`;
            `argument_type`.
        Invalid: `argument_invalid`.
    """
    if isinstance(values, Mapping):
        return [host_values(work.models.question, values)] * count
    each = [host_values(work.models.question, one) for one in values]
    if len(each) != count:
        raise UsageError("values_count", f"values= has {len(each)} mappings for {count} questions: give one for each")
    if differing := {name for one in each for name in one.keys() ^ each[0].keys()}:
        raise UsageError(
            "values_count",
            f"values= gives {', '.join(sorted(differing))} to some of the questions only: give it to each",
        )
    return each


def _requested_ids(question_ids: Iterable[uuid.UUID] | None, count: int) -> list[uuid.UUID]:
    """Return the ids that a client made for its questions, or an empty list."""
    requested = [question_id for question_id in question_ids or () if client_id("question_ids", question_id)]
    if question_ids is not None and (len(requested) != count or len(set(requested)) < count):
        raise UsageError("question_ids_count", "Give one distinct id for each question, or no ids")
    return requested


def _already_added(
    work: Work[S],
    requested_ids: Sequence[uuid.UUID],
    made_from: Sequence[str | None],
    *,
    build: Build = statements.made_from,
) -> bool:
    """Return whether the same call has already added these questions.

    Raises:
        Refused: `id_taken`: another call already used some of the ids.
    """
    found = [row for batch in in_batches(requested_ids) for row in work.run(build, {"__questions": batch})]
    if found:
        hashes = {row.id: row.made_from for row in found}
        for question_id, call in zip(requested_ids, made_from, strict=True):
            refuse_other_call(hashes.get(question_id), call)
    return bool(found)


def _existing(
    work: Work[S], requested_ids: Sequence[uuid.UUID], questions: Sequence[Content]
) -> tuple[QuestionReturn, ...]:
    """Return the current state of the questions that the same call has added."""
    batches = in_batches(requested_ids)
    found = [row for batch in batches for row in work.run(statements.questions_now, {"__questions": batch})]
    existing = {row.id: rows.returned(row) for row in found}
    identities = {
        question_id: view_and_identity(question)["identity"]
        for question_id, question in zip(requested_ids, questions, strict=True)
        if not isinstance(question, Incomplete)
    }
    equal = _equal(work, found[0].bank_id, identities, until=found[0].created_at)
    return tuple(
        existing[question_id].model_copy(update={"equal_to": equal.get(question_id)}) for question_id in requested_ids
    )


def _equal(
    work: Work[S], bank_id: uuid.UUID, identities: Mapping[uuid.UUID, str], *, until: datetime | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    """Return, for each added question, an identical question of the bank, or one added before it in the same call.

    `until` is when the questions were added, if they already exist: questions that were created later do not count.
    """
    known = (
        (row.id, row.identity)
        for batch in in_batches(sorted(set(identities.values())))
        for row in work.run(statements.equal_questions, {"bank_id": bank_id, "__identities": batch})
        if until is None or row.created_at <= until
    )
    return duplicates.first_duplicates(identities, known)
