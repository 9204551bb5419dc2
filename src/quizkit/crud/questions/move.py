"""Move questions into a category of their bank, or out of any."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Collection, Mapping

from quizkit.crud._core.changing import refuse_other_version
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import in_batches
from quizkit.crud.categories import refuse_unknown_category
from quizkit.crud.questions import rows, statements
from quizkit.errors import NotFound, UsageError
from quizkit.schemas import Moved, QuestionReturn

__all__ = ["move"]


def move(
    work: Work[S],
    question_ids: Collection[uuid.UUID],
    category_id: uuid.UUID | None,
    versions: Mapping[uuid.UUID, int],
) -> Moved:
    """Move questions of one bank into a category of it, or out of any, and return their versions.

    Raises:
        NotFound: `question_not_found`, `category_not_found`: not all exist, or they are not in one bank.
        Conflict: `version_conflict`: a question to move no longer has the version that `versions` gives for it.
        UsageError: `versions_unknown`: `versions` has an id that is not in `question_ids`.
    """
    if not versions.keys() <= set(question_ids):
        raise UsageError("versions_unknown", "versions= has the id of a question that is not in question_ids")
    wanted = sorted(set(question_ids))  # the order in which all verbs lock questions
    batches = list(in_batches(wanted))
    locked = [row for batch in batches for row in work.run(statements.lock_questions, {"__questions": batch})]
    banks = {row.bank_id for row in locked}
    if len(locked) < len(wanted) or len(banks) > 1:
        raise NotFound("question_not_found", "The questions must exist and belong to one bank")
    for row in locked:
        if row.category_id != category_id:
            refuse_other_version(versions.get(row.id), row.version, functools.partial(_current, work, row.id))
    for bank_id in banks:
        refuse_unknown_category(work, category_id, bank_id)
        for batch in batches:
            to = {"__questions": batch, "__bank_id": bank_id, "__category_id": category_id, "__now": work.now}
            work.run(statements.move_questions, to)
    return Moved(
        category_id=category_id,
        versions={row.id: row.version + (row.category_id != category_id) for row in locked},
    )


def _current(work: Work[S], question_id: uuid.UUID) -> QuestionReturn:
    return rows.returned(work.first(statements.question_now, {"id": question_id}))
