"""Every exception that quizkit raises on purpose: one root, few classes, stable codes.

A *class* says what the caller can do about it, a *code* says exactly what happened and never changes its
meaning. No error carries the input that caused it: exam answers and keys end up in logs that way.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = [
    "Conflict",
    "Interrupted",
    "Invalid",
    "MissingExtra",
    "NotFound",
    "Problem",
    "QuizkitError",
    "Refused",
    "Unreadable",
    "UsageError",
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


class Conflict(Refused):
    """Somebody else has changed it meanwhile, and nothing was stored.

    Attributes:
        current: what is there now, as the verb returns it. It may hold a key, so no message and no problem repeats it.
    """

    title = "Conflict"

    def __init__(self, code: str, message: str, current: Any = None, **params: Any) -> None:
        super().__init__(code, message, **params)
        self.current = current

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(type(self), self.code, self.message, self.current, **self.params), ()


class UsageError(QuizkitError, TypeError):
    """The calling program is wrong, not its data: an unsupported session, an unconfigured engine."""

    title = "UsageError"


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


MAX_PROBLEMS: Final = 50
MAX_BYTES: Final = 8_000
_FRAME: Final = 50  # what JSON puts around a problem
_HEAD: Final = 1_500  # all else of an error
_LONGEST: Final = 300


class Problem(NamedTuple):
    """One thing that is wrong with a piece of data: where, which, and a sentence."""

    path: str
    code: str
    message: str


class Invalid(QuizkitError):
    """Data that does not have the promised shape. Holds a `Problem` for each fault, and no input.

    At most 50 problems and about 8 kB are kept: `params["more"]` says how many more there are.
    """

    title = "Invalid data"
    http_status = 422

    def __init__(self, code: str, message: str, problems: Iterable[Problem] = (), **params: Any) -> None:
        super().__init__(code, message, **params)
        self.problems, more = _bounded(problems)
        if more:
            self.params["more"] = more + self.params.get("more", 0)

    def __reduce__(self) -> tuple[Any, ...]:
        again = functools.partial(type(self), self.code, self.message, self.problems, **self.params)
        return again, ()

    def problem(self) -> dict[str, Any]:
        """Return the problem details object with one entry in `errors` for each fault."""
        return {**super().problem(), "errors": [fault._asdict() for fault in self.problems]}

    @classmethod
    def of(cls, error: ValidationError, what: str, code: str = "invalid") -> Invalid:
        """Return our error for Pydantic's: the same faults without the input, the context and the links.

        Raise it when the `except` is left: inside, Pydantic's error with the input would hang on it as its context.
        """
        faults = problems_of(error)
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        first = f": {_short(faults[0].path) or 'value'}: {_short(faults[0].message)}{more}" if faults else ""
        return cls(code, f"The {what} is not valid{first}", faults)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _bounded(problems: Iterable[Problem]) -> tuple[tuple[Problem, ...], int]:
    """Return as many problems as an error may hold, and how many more there are."""
    kept: list[Problem] = []
    left, more = MAX_BYTES - _HEAD, 0
    for path, code, message in problems:
        one = Problem(_short(path), code, _short(message))
        left -= _FRAME + sum(len(part.encode()) for part in one)
        if more or left < 0 or len(kept) == MAX_PROBLEMS:
            more += 1
        else:
            kept.append(one)
    return tuple(kept), more


# What the context of a fault may hold without holding input. Other messages of Pydantic's repeat a part of it.
_SAFE: Final = frozenset({
    "actual_length", "class", "class_name", "decimal_places", "expected", "expected_schemes", "expected_tags",
    "field_type", "ge", "gt", "le", "lt", "max_digits", "max_length", "method_name", "min_length", "multiple_of",
    "pattern", "whole_digits",
})  # fmt: skip
_PLAIN: Final[Mapping[str, str]] = {
    "extra_forbidden": "There is a field here that is not known",
    "json_invalid": "This is not valid JSON",
    "uuid_parsing": "This is not a UUID",
    "datetime_from_date_parsing": "This is not a date and time",
    "datetime_parsing": "This is not a date and time",
    "union_tag_invalid": "This tag names no known variant",
}
_PLAINEST: Final = "This is not valid here"
_ANY_KEY: Final = "*"


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """Return the faults that Pydantic found, without any input.

    A part of a path that is no field of a model and no position is a key, so it is input, and becomes `*`. The name of
    an unknown field is left out: its path ends at the object that holds it. Of messages, those are kept that hold
    nothing of the input, and those of a program's own `PydanticCustomError`.
    """
    from pydantic_core.core_schema import ErrorType  # noqa: PLC0415 - Pydantic loads when one of its errors is told

    found = error.errors(include_url=False, include_input=False)
    if not {part for one in found for part in one["loc"] if isinstance(part, str)} <= _known:
        _known.update(_names_of_fields())
    own = frozenset(get_args(ErrorType))
    return tuple(_problem_of(one, own) for one in found)


# Those that were met; looked for anew when there is one more, because classes may be made at any time.
_known: Final[set[str]] = set()


def _problem_of(one: Mapping[str, Any], own: frozenset[str]) -> Problem:
    loc = one["loc"][:-1] if one["type"] == "extra_forbidden" else one["loc"]
    path = ".".join(str(part) if isinstance(part, int) or part in _known else _ANY_KEY for part in loc)
    told = one["type"] in own and not _SAFE.issuperset(one.get("ctx", {}))
    return Problem(path, one["type"], _PLAIN.get(one["type"], _PLAINEST if told else one["msg"]))


def _names_of_fields() -> frozenset[str]:
    """Return the names of the fields of every model there is, and the names of the variants of those that have some."""
    from pydantic import BaseModel  # noqa: PLC0415 - as above

    models, found = [BaseModel], set[str]()
    while models:
        model = models.pop()
        models += model.__subclasses__()
        for name, field in model.model_fields.items():
            found.add(name)
            found.update(field.alias or (), _variants(field.annotation))
    return frozenset(found)


def _variants(annotation: Any) -> Iterable[str]:
    if get_origin(annotation) is Literal:
        yield from (one for one in get_args(annotation) if isinstance(one, str))
