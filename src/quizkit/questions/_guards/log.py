"""Log that a question type failed, without its input."""

from __future__ import annotations

import logging
import traceback
from typing import Final

__all__ = ["log_failure"]

_log: Final = logging.getLogger("quizkit.questions")


def log_failure(type_name: str, method: str, about: object, error: Exception) -> None:
    """Log which method of which type failed, for which revision, and where in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    kind = type(error).__name__
    _log.error("A question type failed: type=%s method=%s revision=%s error=%s at %s", type_name, method, about, kind, place)  # fmt: skip
