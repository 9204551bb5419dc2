"""Change or archive an assignment."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from quizkit.crud._core.changing import change
from quizkit.crud._core.context import S, Work
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.effects import stricter_exceptions
from quizkit.crud.assignments.load import assignment_row
from quizkit.crud.assignments.rows import assignment_of, explicit_settings
from quizkit.crud.questions.statements import known_revisions
from quizkit.errors import NotFound
from quizkit.rules import lifecycle, notices, windows
from quizkit.rules.access import WINDOW
from quizkit.rules.times import in_zone
from quizkit.schemas import AssignmentReturn, AssignmentUpdate, Notice

__all__ = ["archive", "update"]


def update(work: Work[S], assignment_id: uuid.UUID, data: AssignmentUpdate, version: int | None) -> AssignmentReturn:
    """Change the given fields of an assignment, and return it.

    Raises:
        NotFound: `assignment_not_found`; `question_not_found`: of a notice.
        Refused: `assignment_archived`.
        Invalid: `window_order`, `zone_missing`.
        Conflict: `version_conflict`.
    """
    old = assignment_row(work, statements.lock_assignment, {"id": assignment_id})
    lifecycle.refuse_assignment_change(old.archived_at)
    new = {name: getattr(data, name) for name in data.model_fields_set}
    for name in WINDOW:
        if new.get(name) is not None:
            new[name] = in_zone(new[name], new.get("zone", old.zone))
    if data.settings is not None:
        new["settings"] = explicit_settings(data.settings)
    if data.notices is not None:
        _refuse_unknown(work, data.notices)
        given = [notice.model_dump(mode="json") for notice in data.notices]
        stamp = Notice(content="-", posted_at=work.now).model_dump(mode="json")["posted_at"]
        new["notices"] = notices.with_times(given, old.notices, stamp)
    changed = {**old._asdict(), **new}
    windows.refuse_window(changed["opens_at"], changed["due_at"], changed["closes_at"])
    found = change(work, work.models.assignment, old, new, assignment_of, version=version)
    return found.model_copy(update={"stricter_exceptions": stricter_exceptions(work, assignment_id)})


def archive(work: Work[S], assignment_id: uuid.UUID, version: int | None) -> AssignmentReturn:
    """Archive an assignment, and return it; if it is already archived, return it unchanged.

    Raises:
        NotFound: `assignment_not_found`.
        Conflict: `version_conflict`.
    """
    old = assignment_row(work, statements.lock_assignment, {"id": assignment_id})
    new = {"archived_at": lifecycle.archive_time(old.archived_at, work.now)}
    return change(work, work.models.assignment, old, new, assignment_of, version=version)


def _refuse_unknown(work: Work[S], given: Iterable[Notice]) -> None:
    """Raise `NotFound` if a notice is about an unknown question."""
    wanted = sorted({notice.question_id for notice in given if notice.question_id is not None})
    known = {row.id for row in work.run(known_revisions, {"__questions": wanted})} if wanted else set()
    if not known.issuperset(wanted):
        raise NotFound("question_not_found", "There is no such question")
