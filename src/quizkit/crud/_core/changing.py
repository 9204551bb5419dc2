"""Changing what is there, unless somebody else has changed it since the author looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import update_row
from quizkit.errors import Conflict
from quizkit.models._row import Row

__all__ = ["FIRST_VERSION", "change", "differing", "refuse_other_version"]

T = TypeVar("T")

FIRST_VERSION: Final = 1


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `new` is not so already."""
    return {name: value for name, value in new.items() if old[name] != value}


def refuse_other_version(seen: int | None, now: int, current: Callable[[], Any]) -> None:
    """Refuse to change what is no longer what the author has seen.

    Args:
        seen: the version that they say they have seen; None if they do not say.
        now: the version that is there.
        current: what is there now, asked for only where it is told.
    """
    if seen is not None and seen != now:
        raise Conflict("version_conflict", "Somebody else has changed it since", current(), version=now)


def change(
    work: Work[S],
    model: type[Row],
    old: Any,
    new: Mapping[str, Any],
    returned: Callable[[Mapping[str, Any]], T],
    *,
    version: int | None,
) -> T:
    """Write of a locked row what differs from what it is, and nothing else; return it as it is now.

    Nothing to change is no conflict. The statement is made anew for each set of columns, of which there are too many
    to keep; SQLAlchemy knows the text of those it has met.
    """
    columns = old._asdict()
    changed = differing(columns, new)
    if changed:
        refuse_other_version(version, old.version, lambda: returned(columns))
        values = {f"_{name}": value for name, value in {**changed, "updated_at": work.now}.items()}
        work.execute(update_row(work.models, model, changed), {"_id": old.id, **values})
        columns |= {**changed, "updated_at": work.now, "version": old.version + 1}
    return returned(columns)
