"""Every exception that quizkit raises on purpose: one root, few classes, stable codes.

The *class* tells the caller what to do about an error; the *code* identifies exactly what happened and never changes
its meaning. No error carries the input that caused it, so that exam answers and keys do not end up in logs.
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
        code: a stable identifier for programs; listed in the reference.
        message: one sentence for a person, without any input.
        params: plain values that belong to the code, such as a limit; never input.
        http_status: the status code for a web application to return.
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
        # The default loses keyword arguments, and errors are pickled between processes (workers, test runners).
        return functools.partial(type(self), self.code, self.message, **self.params), ()


class NotFound(QuizkitError):
    """No row with this id is visible to the caller. A row that belongs to somebody else counts as not found."""

    title = "Not found"
    http_status = 404


class Refused(QuizkitError):
    """The rules do not allow it, and nothing was stored: closed, late, no attempts left, not published."""

    title = "Refused"
    http_status = 409


class Conflict(Refused):
    """Somebody else has changed the row in the meantime, and nothing was stored.

    Attributes:
        current: the current row, as the verb returns it. It may hold a key, so neither `message` nor `problem()`
            repeats it.
    """

    title = "Conflict"

    def __init__(self, code: str, message: str, current: Any = None, **params: Any) -> None:
        super().__init__(code, message, **params)
        self.current = current

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(type(self), self.code, self.message, self.current, **self.params), ()


class UsageError(QuizkitError, TypeError):
    """The calling program is at fault, not its data: an unsupported session, an unconfigured engine."""

    title = "UsageError"


class Interrupted(QuizkitError):
    """An operation stopped half-way and could not be undone; run it again to continue."""

    title = "Interrupted"


class MissingExtra(QuizkitError, ImportError):
    """An optional dependency is not installed; the message names the extra that provides it."""

    title = "An optional dependency is missing"

    @classmethod
    def named(cls, extra: str, needs: str) -> MissingExtra:
        """Return the error for a feature (`needs`) that requires the extra."""
        return cls(
            "missing_extra",
            f'{needs} needs an optional dependency: pip install "quizkit[{extra}]"',
            extra=extra,
        )


class Unreadable(QuizkitError):
    """The whole file cannot be read (not text, not this format, too large). A bad item does not raise; it is reported."""

    title = "Unreadable file"
    http_status = 422


MAX_PROBLEMS: Final = 50
MAX_BYTES: Final = 8_000
_FRAME: Final = 50  # bytes that JSON adds to each problem
_HEAD: Final = 1_500  # bytes for the rest of the error
_MAX_TEXT_LENGTH: Final = 300


class Problem(NamedTuple):
    """One fault in a piece of data: its path, its code, and a sentence for a person."""

    path: str
    code: str
    message: str


class Invalid(QuizkitError):
    """The data does not have the required shape. Holds a `Problem` for each fault, and no input.

    At most 50 problems and about 8 kB are kept; `params["more"]` is the number of further problems.
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
        """Return an `Invalid` with the faults of a Pydantic error, without the input, the context and the links.

        Raise it outside the `except` block: inside, Python would attach Pydantic's error, with the input, as its
        context.
        """
        faults = problems_of(error)
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        first = f": {_short(faults[0].path) or 'value'}: {_short(faults[0].message)}{more}" if faults else ""
        return cls(code, f"The {what} is not valid{first}", faults)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT_LENGTH else f"{text[: _MAX_TEXT_LENGTH - 1]}…"


def _bounded(problems: Iterable[Problem]) -> tuple[tuple[Problem, ...], int]:
    """Return the problems that fit into an error, and the number of those that do not."""
    kept: list[Problem] = []
    left, more = MAX_BYTES - _HEAD, 0
    for path, code, message in problems:
        problem = Problem(_short(path), code, _short(message))
        left -= _FRAME + sum(len(part.encode()) for part in problem)
        if more or left < 0 or len(kept) == MAX_PROBLEMS:
            more += 1
        else:
            kept.append(problem)
    return tuple(kept), more


# Context keys that never hold input. Messages of Pydantic with any other key repeat a part of the input.
_SAFE: Final = frozenset({
    "actual_length", "class", "class_name", "decimal_places", "expected", "expected_schemes", "expected_tags",
    "field_type", "ge", "gt", "le", "lt", "max_digits", "max_length", "method_name", "min_length", "multiple_of",
    "pattern", "whole_digits",
})  # fmt: skip
_PLAIN: Final[Mapping[str, str]] = {
    "extra_forbidden": "An unknown field was given",
    "json_invalid": "This is not valid JSON",
    "uuid_parsing": "This is not a UUID",
    "datetime_from_date_parsing": "This is not a date and time",
    "datetime_parsing": "This is not a date and time",
    "union_tag_invalid": "This tag is not that of a known variant",
}
_GENERIC: Final = "This value is not valid here"
_ANY_KEY: Final = "*"


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """Return the faults that Pydantic found, without any input.

    A part of a path that is neither a model field nor a position is a mapping key. Keys are input, so they become `*`.
    The path of an unknown field ends at the object that contains it, without the name. A message is kept if it holds no
    input, or if it comes from a program's own `PydanticCustomError`.
    """
    from pydantic_core.core_schema import ErrorType  # noqa: PLC0415 - load Pydantic only when one of its errors is converted

    found = error.errors(include_url=False, include_input=False)
    if not {part for detail in found for part in detail["loc"] if isinstance(part, str)} <= _known:
        _known.update(_names_of_fields())
    own = frozenset(get_args(ErrorType))
    return tuple(_problem_of(detail, own) for detail in found)


# Field names seen so far; collected again when an unknown one turns up, because models may be defined at any time.
_known: Final[set[str]] = set()


def _problem_of(detail: Mapping[str, Any], own: frozenset[str]) -> Problem:
    loc = detail["loc"][:-1] if detail["type"] == "extra_forbidden" else detail["loc"]
    path = ".".join(str(part) if isinstance(part, int) or part in _known else _ANY_KEY for part in loc)
    repeats_input = detail["type"] in own and not _SAFE.issuperset(detail.get("ctx", {}))
    return Problem(path, detail["type"], _PLAIN.get(detail["type"], _GENERIC if repeats_input else detail["msg"]))


def _names_of_fields() -> frozenset[str]:
    """Return the names of the fields of every defined model, and the tags of discriminated unions."""
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
        yield from (value for value in get_args(annotation) if isinstance(value, str))
