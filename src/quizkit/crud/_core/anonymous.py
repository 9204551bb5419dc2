"""Takers without a user of the host: a secret token stands for each of them (decision 0086)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid, Problem, UsageError
from quizkit.questions._unicode import clean

__all__ = ["Anonymous", "taker_of"]

TOKEN_BYTES: Final = 32
_LENGTHS: Final = range(16, 65)
_PSEUDONYM: Final = 64


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A taker who has no user: whoever has the token is this taker. Pass it as `taker=` of the verbs of `attempts`.

    Only the SHA-256 of the token is stored, so keep the token where the taker keeps it, such as a cookie. It is in no
    error, and not in the `repr`.

    Attributes:
        token: 16 to 64 random bytes; `new` makes 32.
        pseudonym: what staff and leaderboards see instead of a user, 1 to 64 characters; used when an attempt starts.

    Raises:
        UsageError: `argument_type`: the token is no bytes, or the pseudonym no text.
        Invalid: `argument_invalid`: the length of the token or the pseudonym.
    """

    token: bytes = field(repr=False)
    pseudonym: str = "Anonymous"
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the token and the pseudonym, and compute the hash by which the token is found."""
        if not isinstance(self.token, bytes):
            raise UsageError("argument_type", "The argument token must be bytes")
        if len(self.token) not in _LENGTHS:
            raise _invalid("token", "token_length", "A token has 16 to 64 bytes")
        object.__setattr__(self, "pseudonym", _pseudonym(self.pseudonym))
        object.__setattr__(self, "key", hashlib.sha256(self.token).hexdigest())

    @classmethod
    def new(cls, pseudonym: str = "Anonymous") -> Anonymous:
        """Return a new taker, with a token from the random source of the operating system."""
        return cls(secrets.token_bytes(TOKEN_BYTES), pseudonym)


def _pseudonym(value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError("argument_type", "The argument pseudonym must be a str")
    text = ""
    if len(value) <= _PSEUDONYM:
        try:
            text = clean(value).strip()
        except PydanticCustomError:
            text = ""
    if not 1 <= len(text) <= _PSEUDONYM:
        raise _invalid("pseudonym", "string_length", "A pseudonym has 1 to 64 characters")
    return text


def _invalid(name: str, code: str, message: str) -> Invalid:
    return Invalid("argument_invalid", f"The argument {name} is not valid: {message}", [Problem(name, code, message)])


def taker_of(row: Any) -> Any:
    """Return who takes the attempt of a row: the host's user or, for an anonymous taker, the hash of the token."""
    return row.taker_id if row.token_hash is None else row.token_hash
