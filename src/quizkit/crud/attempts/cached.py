"""What a kit keeps in memory of attempts and of what they show, because it never changes.

An entry is found by ids *and* by what the row in the database says of itself (content hash, checksum). A row that
was made in a transaction which was rolled back, and made again otherwise under the same id, is another entry.
"""

from __future__ import annotations

import uuid
from typing import Any, Final, TypeAlias

from quizkit.crud._core.cache import MEGABYTE, CacheKind
from quizkit.crud.attempts.published import Asked, Opened, Sheet
from quizkit.crud.questions.contained import Contained
from quizkit.questions import Question, registered

__all__ = ["DRAWN", "DRAWN_KEYS", "KEYS", "OPENED", "SHEETS", "Types", "known_types"]

Types: TypeAlias = tuple[type[Question], ...]
_Revision: TypeAlias = tuple[Any, uuid.UUID, str, Types]
_Drawn: TypeAlias = tuple[Any, str, str | None, Types]

SHEETS: Final = CacheKind[_Revision, Sheet]("sheets", 64 * MEGABYTE)
# Apart from the sheets, because what shows a paper never needs them.
KEYS: Final = CacheKind[_Revision, dict[uuid.UUID, Contained]]("keys", 64 * MEGABYTE)
OPENED: Final = CacheKind[tuple[Any, uuid.UUID], Opened]("opened", 64 * MEGABYTE)
DRAWN: Final = CacheKind[_Drawn, Asked]("drawn", 32 * MEGABYTE)
DRAWN_KEYS: Final = CacheKind[_Drawn, Contained]("drawn keys", 32 * MEGABYTE)


def known_types() -> Types:
    """Return the question types that are registered now: what was read before one of them was is read again."""
    return tuple(registered().values())
