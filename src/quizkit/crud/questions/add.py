"""Adding questions to a bank, or to a quiz and its bank."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.creating import call_hash, client_id, refuse_other_call
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._core.tables import in_batches
from quizkit.crud._drafts import drafting
from quizkit.crud.categories import refuse_unknown_category
from quizkit.crud.questions import rows, statements
from quizkit.crud.questions.contained import seen
from quizkit.crud.questions.store import new_questions, store
from quizkit.errors import NotFound, Refused, UsageError
from quizkit.questions import Question, parse
from quizkit.rules import alike
from quizkit.schemas import QuestionReturn

__all__ = ["add"]


def add(
    work: Work[S],
    questions: Iterable[Question],
    *,
    quiz_id: uuid.UUID | None,
    bank_id: uuid.UUID | None,
    category_id: uuid.UUID | None,
    question_ids: Iterable[uuid.UUID] | None,
    values: Values,
) -> tuple[QuestionReturn, ...]:
    """Return questions that are added to a bank, or to the draft of a quiz and its bank.

    Raises:
        NotFound: `quiz_not_found`, `bank_not_found`, `category_not_found`.
        Refused: `quiz_archived`, `id_taken`: another call already used one of these ids for a question.
        UsageError: `add_where`, `question_ids_count`: not one id for each question.
    """
    if (quiz_id is None) == (bank_id is None):
        raise UsageError("add_where", "Give quiz_id or bank_id, one of them")
    checked = [parse(question) for question in questions]
    given = _given_ids(question_ids, len(checked))
    made_from = [call_hash(one, quiz_id, bank_id, category_id) if given else None for one in checked]
    if _are_made(work, given, made_from):
        return _added(work, given, checked)
    extra = host_values(work.models.question, values)
    quiz = None if quiz_id is None else drafting.lock_quiz_for_change(work, quiz_id)
    home = bank_id if quiz is None else quiz.bank_id
    looks = quiz is None or category_id is not None
    if home is None or (looks and work.first(statements.hold_bank, {"id": home}) is None):
        raise NotFound("bank_not_found", "There is no such bank")
    refuse_unknown_category(work, category_id, home)
    if not checked:
        return ()
    new = new_questions(work, checked, home, category_id, given=given, made_from=made_from)
    equal = _equal(work, home, {one.question["id"]: one.revision["identity"] for one in new})
    if not store(work, new, extra, given=bool(given)):
        if not _are_made(work, given, made_from, look=statements.made_from_now):
            raise Refused("id_taken", "Something else was made with one of these ids")
        return _added(work, given, checked)
    if quiz is not None:
        drafting.append_questions(work, quiz, [one.question["id"] for one in new])
    return tuple(
        rows.returned_as_made(one.question, one.revision, question, equal.get(one.question["id"]))
        for one, question in zip(new, checked, strict=True)
    )


def _given_ids(question_ids: Iterable[uuid.UUID] | None, count: int) -> list[uuid.UUID]:
    """Return the ids that a client made for its questions; none where it made none."""
    given = [one for one in question_ids or () if client_id("question_ids", one)]
    if question_ids is not None and (len(given) != count or len(set(given)) < count):
        raise UsageError("question_ids_count", "Give a different id for each question, or none at all")
    return given


def _are_made(
    work: Work[S],
    given: Sequence[uuid.UUID],
    made_from: Sequence[str | None],
    *,
    look: Build = statements.made_from,
) -> bool:
    """Return whether the same call has added these already.

    Raises:
        Refused: `id_taken`: another call has added some of them.
    """
    found = [row for some in in_batches(given) for row in work.run(look, {"_questions": some})]
    if found:
        there = {row.id: row.made_from for row in found}
        for one, call in zip(given, made_from, strict=True):
            refuse_other_call(there.get(one), call)
    return bool(found)


def _added(work: Work[S], given: Sequence[uuid.UUID], asked: Sequence[Question]) -> tuple[QuestionReturn, ...]:
    """Return what the same call has added, as it is now."""
    found = [row for some in in_batches(given) for row in work.run(statements.questions_now, {"_questions": some})]
    there = {row.id: rows.returned(row) for row in found}
    identities = {one: seen(question)["identity"] for one, question in zip(given, asked, strict=True)}
    equal = _equal(work, found[0].bank_id, identities, until=found[0].created_at)
    return tuple(there[one].model_copy(update={"equal_to": equal.get(one)}) for one in given)


def _equal(
    work: Work[S], bank_id: uuid.UUID, asked: Mapping[uuid.UUID, str], *, until: datetime | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    """Return which other question of the bank, or before it here, asks the same as one that is added.

    `until` is when these were added, if they are there already: what was made since was not before them.
    """
    known = (
        (row.id, row.identity)
        for some in in_batches(sorted(set(asked.values())))
        for row in work.run(statements.equal_questions, {"_bank": bank_id, "_identities": some})
        if until is None or row.created_at <= until
    )
    return alike.first_alike(asked, known)
