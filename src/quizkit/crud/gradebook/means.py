"""The means of the grades of groups that the host names."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import union_all

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import narrowed
from quizkit.crud.gradebook import board_statements as statements
from quizkit.errors import Invalid
from quizkit.rules.scoring import mean_grade
from quizkit.schemas import GroupMean

__all__ = ["means"]

MAX_GROUPS: Final = 100


def means(work: Work[S], assignment_id: uuid.UUID, groups: Mapping[str, Sequence[Any]]) -> tuple[GroupMean, ...]:
    """Return the mean of the grades of each group, whose conditions are given, in the order of the groups.

    Raises:
        Invalid: `group_count`.
    """
    if len(groups) > MAX_GROUPS:
        raise Invalid("group_count", f"At most {MAX_GROUPS} groups are allowed", most=MAX_GROUPS)
    if not groups:
        return ()
    each = [narrowed(statements.means(work.models, at), where) for at, where in enumerate(groups.values())]
    found = {row.position: row for row in work.execute(union_all(*each), {"assignment_id": assignment_id})}
    return tuple(
        GroupMean(group=name, grades=found[at].grades, mean=mean_grade(found[at].total, found[at].grades))
        for at, name in enumerate(groups)
    )
