"""What a question type makes is kept and sent: as text and JSON that every database stores and every reader reads."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeVar

__all__ = ["storable", "storable_text"]

T = TypeVar("T")

_MOST: Final = 2_000_000
# An escape, and not the text of one: an even number of backslashes stands before it.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def storable(value: T) -> T:
    """Return a JSON value.

    Raises:
        ValueError: it has a NUL, a lone surrogate, NaN or infinity, refers to itself, or is longer than 2,000,000 bytes.
        TypeError: it is no JSON.
        RecursionError: it is too deep.
    """
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(written.encode()) > _MOST or _NUL.search(written):
        raise ValueError
    return value


def storable_text(value: Any) -> str:
    """Return a text.

    Raises:
        ValueError: it has a NUL or a lone surrogate.
        TypeError: it is no text.
    """
    if not isinstance(value, str):
        raise TypeError
    if "\0" in value or not (value.isascii() or value.encode()):
        raise ValueError
    return value
