"""Every exception that quizkit raises on purpose: one root, few classes, stable codes.

A *class* says what the caller can do about it, a *code* says exactly what happened and never changes its
meaning. No error carries the input that caused it: exam answers and keys end up in logs that way.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = [
    "Interrupted",
    "Invalid",
    "MissingExtra",
    "Misuse",
    "NotFound",
    "Problem",
    "QuizkitError",
    "Refused",
    "Unreadable",
]

_URN: Final = "urn:quizkit:problem:"


class QuizkitError(Exception):
    """The root of every error that quizkit raises on purpose.

    Attributes:
        code: stable, for programs; listed in the reference.
        message: one sentence for a person; holds no input.
        params: plain values that belong to the code, such as a limit; never an input.
        http_status: what a web application would answer.
    """

    title: ClassVar[str] = "quizkit error"
    http_status: ClassVar[int] = 500

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params

    def problem(self) -> dict[str, Any]:
        """Return the error as an RFC 9457 problem details object (`application/problem+json`)."""
        return {
            "type": _URN + self.code,
            "title": self.title,
            "status": self.http_status,
            "detail": self.message,
            "code": self.code,
            **({"params": dict(self.params)} if self.params else {}),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword arguments are lost by the default, and errors cross process borders (workers, test runners).
        return functools.partial(type(self), self.code, self.message, **self.params), ()


class NotFound(QuizkitError):
    """Nothing with this id exists for this caller. Somebody else's row is not found either."""

    title = "Not found"
    http_status = 404


class Refused(QuizkitError):
    """The rules say no, and nothing was stored: closed, late, no attempts left, not published."""

    title = "Refused"
    http_status = 409


class Misuse(QuizkitError, TypeError):
    """The calling program is wrong, not its data: an unsupported session, an unconfigured engine."""

    title = "Misuse"


class Interrupted(QuizkitError):
    """Something stopped half-way and could not be undone; doing the same again goes on from there."""

    title = "Interrupted"


class MissingExtra(QuizkitError, ImportError):
    """Something optional is not installed; the message names the extra that brings it."""

    title = "An optional dependency is missing"

    @classmethod
    def named(cls, extra: str, needs: str) -> MissingExtra:
        """Return the error for a feature that `needs` what the extra brings."""
        return cls(
            "missing_extra",
            f'{needs} needs an optional dependency: pip install "quizkit[{extra}]"',
            extra=extra,
        )


class Unreadable(QuizkitError):
    """A file as a whole cannot be read (not text, not this format, too large). Bad items raise nothing."""

    title = "Unreadable file"
    http_status = 422


class Problem(NamedTuple):
    """One thing that is wrong with a piece of data: where, which, and a sentence."""

    path: str
    code: str
    message: str


class Invalid(QuizkitError):
    """Data that does not have the promised shape. Holds one `Problem` for each fault, and no input."""

    title = "Invalid data"
    http_status = 422

    def __init__(self, code: str, message: str, problems: Iterable[Problem] = (), **params: Any) -> None:
        super().__init__(code, message, **params)
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[Any, ...]:
        again = functools.partial(type(self), self.code, self.message, self.problems, **self.params)
        return again, ()

    def problem(self) -> dict[str, Any]:
        """Return the problem details object with one entry in `errors` for each fault."""
        return {**super().problem(), "errors": [fault._asdict() for fault in self.problems]}

    @classmethod
    def of(cls, error: ValidationError, what: str, code: str = "invalid") -> Invalid:
        """Return our error for Pydantic's: the same faults without the input, the context and the links."""
        faults = problems_of(error)
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        first = f": {faults[0].path or 'value'}: {faults[0].message}{more}" if faults else ""
        return cls(code, f"The {what} is not valid{first}", faults)


# Pydantic's own messages that repeat a part of the input.
_PLAIN: Final[Mapping[str, str]] = {
    "union_tag_invalid": "This tag names no known variant",
    "extra_forbidden": "There is a field here that is not known",
    "json_invalid": "This is not valid JSON",
    "decimal_parsing": "This is not a number",
    "uuid_parsing": "This is not a UUID",
    "datetime_from_date_parsing": "This is not a date and time",
    "datetime_parsing": "This is not a date and time",
}


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """Return the faults that Pydantic found, without any input.

    The name of an unknown field is input too, so its path ends at the object that holds it.
    """
    found = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        loc = one["loc"][:-1] if one["type"] == "extra_forbidden" else one["loc"]
        path = ".".join(str(part) for part in loc)
        found.append(Problem(path, one["type"], _PLAIN.get(one["type"], one["msg"])))
    return tuple(found)
