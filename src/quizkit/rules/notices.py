"""When notices were posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["with_times"]


def with_times(
    notices: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]], now: str
) -> list[dict[str, Any]]:
    """Return notices, as stored, with the times at which they were posted; `now` is stored text too.

    One without a time keeps that of the same notice before, so that a repeated call changes nothing.
    """
    known = {_identity(notice): notice["posted_at"] for notice in before}
    return [{**notice, "posted_at": notice["posted_at"] or known.get(_identity(notice), now)} for notice in notices]


def _identity(notice: Mapping[str, Any]) -> str:
    return repr([(name, notice[name]) for name in sorted(notice) if name != "posted_at"])
