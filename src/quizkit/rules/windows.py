"""The times of a window, and their order."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from quizkit.errors import Invalid

__all__ = ["WINDOW", "refuse_window"]

WINDOW: Final = ("opens_at", "due_at", "closes_at")
"""The fields of a window."""


def refuse_window(opens_at: datetime | None, due_at: datetime | None, closes_at: datetime | None) -> None:
    """Raise Invalid unless opens_at < due_at <= closes_at, as far as they are given."""
    ends = [moment for moment in (due_at, closes_at) if moment is not None]
    if ends != sorted(ends) or (opens_at is not None and any(end <= opens_at for end in ends)):
        raise Invalid("window_order", "The window must satisfy opens_at < due_at <= closes_at")
