"""Checks of verb arguments: every argument is checked before any other code sees it.

An argument's annotation selects its check. A value of the wrong type is a programming error (`UsageError`). A value of
the right type that no column could hold usually comes from a client (`Invalid`). Texts are cleaned like those of
schemas; ids of the host are left unchanged.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

from pydantic import BaseModel
from pydantic_core import PydanticCustomError
from sqlalchemy import BindParameter
from sqlalchemy.sql import ClauseElement, coercions, roles, visitors

from quizkit import schemas
from quizkit.crud._core.anonymous import Anonymous
from quizkit.errors import Invalid, Problem, UsageError
from quizkit.models.questions import SEARCHED
from quizkit.questions._unicode import clean
from quizkit.vocabulary import AttemptState, Order, QuizState, TieBreak

__all__ = ["Arguments", "Holder", "arguments_of", "kind_error", "value_error"]

MAX_TEXTS: Final = 100
MAX_SUBJECTS: Final = 200
LENGTHS: Final[Mapping[str, int]] = {
    "context": 255, "group": 64, "groups": 64, "reason": 1000, "tags": 64, "text": SEARCHED, "type": 64,
}  # fmt: skip
_SHORT: Final = 255
_INTEGERS: Final = range(-(2**31), 2**31)


class Holder(Protocol):
    """What a check may need to know about the tables."""

    @property
    def subject(self) -> Callable[[str, Any], Any]:
        """The check of a user id."""


Check = Callable[[Any, str, Any], Any]


def kind_error(name: str, wanted: str) -> UsageError:
    """Return the error for an argument of the wrong type."""
    return UsageError("argument_type", f"The argument {name} must be {wanted}")


def value_error(name: str, code: str, message: str) -> Invalid:
    """Return the error for a value that no column could hold."""
    return Invalid("argument_invalid", f"The argument {name} is not valid: {message}", [Problem(name, code, message)])


# ---------------------------------------------------------------------------------------------- one value


def _text(_holder: Holder, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise kind_error(name, "a str")
    max_length = LENGTHS.get(name, _SHORT)
    code, message = "string_too_long", f"This text may have at most {max_length} characters"
    if len(value) <= max_length:
        try:
            cleaned = clean(value)
        except PydanticCustomError as fault:
            code, message = fault.type, fault.message()
        else:
            if len(cleaned) <= max_length:
                return cleaned
    raise value_error(name, code, message)


def _id(_holder: Holder, name: str, value: Any) -> uuid.UUID:
    if not isinstance(value, uuid.UUID):
        raise kind_error(name, "a uuid.UUID")
    return value


def _subject(holder: Holder, name: str, value: Any) -> Any:
    if value is None or value == "":  # an empty login would be the same taker for everybody
        raise UsageError("taker_missing", f"The argument {name} is required")
    return holder.subject(name, value)


def _taker(holder: Holder, name: str, value: Any) -> Any:
    return value if isinstance(value, Anonymous) else _subject(holder, name, value)


def _anonymous(_holder: Holder, name: str, value: Any) -> Anonymous:
    if not isinstance(value, Anonymous):
        raise kind_error(name, "an Anonymous")
    return value


def _integer(_holder: Holder, name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise kind_error(name, "an int")
    if value not in _INTEGERS:
        raise value_error(name, "int_range", "This number must fit into 32 bits")
    return value


def _makes_ids(holder: Holder, name: str, value: Any) -> Callable[[], uuid.UUID]:
    if not callable(value):
        raise kind_error(name, "a function that returns a uuid.UUID")
    return lambda: _id(holder, name, value())


def _parsed(_holder: Holder, _name: str, value: Any) -> Any:
    return value  # a question, or its body, which the verb parses


def _instance(kind: type, wanted: str) -> Check:
    def check(_holder: Holder, name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            raise kind_error(name, wanted)
        return value

    return check


def _schema(name: str) -> Check:
    wanted = f"of the class {name}: make one of a dict with {name}.model_validate(data)"

    def check(_holder: Holder, argument: str, value: Any) -> Any:
        kind = getattr(schemas, name)  # here and not above, because it loads the module of the schema
        if type(value) is not kind and not isinstance(value, kind):  # comparing types is ten times as fast for a schema
            raise kind_error(argument, wanted)
        return value

    return check


def _versions(holder: Holder, name: str, value: Any) -> dict[uuid.UUID, int]:
    if not isinstance(value, Mapping):
        raise kind_error(name, "a mapping of ids to versions")
    return {_id(holder, name, key): _integer(holder, name, version) for key, version in value.items()}


# ---------------------------------------------------------------------------------------------- many values


def _listed(name: str, values: Any, max_items: int | None = None) -> list[Any]:
    # Pydantic's models are iterable, over their fields.
    if isinstance(values, str | bytes | Mapping | BaseModel) or not isinstance(values, Iterable):
        raise kind_error(name, "a list")
    return list(values if max_items is None else islice(values, max_items + 1))


def _texts(holder: Holder, name: str, values: Any) -> list[str]:
    if isinstance(values, str):  # iterating would give one text per letter
        raise UsageError(f"{name}_kind", f'{name}= must be a list of texts, such as {name}=["7b"]')
    texts = _listed(name, values, MAX_TEXTS)
    if len(texts) > MAX_TEXTS:
        raise value_error(name, "too_long", f"At most {MAX_TEXTS} values are allowed")
    return list(dict.fromkeys(_text(holder, name, text) for text in texts))


def _subjects(holder: Holder, name: str, values: Any) -> list[Any]:
    subjects = _listed(name, values, MAX_SUBJECTS)
    if len(subjects) > MAX_SUBJECTS:
        raise value_error(name, "too_long", f"At most {MAX_SUBJECTS} users are allowed")
    return [_subject(holder, name, subject) for subject in subjects]


def _all(check: Check) -> Check:
    return lambda holder, name, values: [check(holder, name, item) for item in _listed(name, values)]


def _conditions(_holder: Holder, name: str, values: Any) -> list[Any]:
    # A condition that is not in a list is falsy: it would be ignored, and the page would have every row.
    conditions = [] if _is_condition(values) else _listed(name, values)
    if _is_condition(values) or not all(map(_is_condition, conditions)):
        raise UsageError("where_kind", f"{name}= takes lists of conditions, such as [Quiz.course_id == 3]")
    _refuse_own_parameters(conditions)
    return conditions


PARAMETERS: Final = frozenset({"after", "assignment_id", "bank_id", "category_id", "id", "limit", "quiz_id"})
"""The names of parameters of lists that do not begin with two underscores."""


def _refuse_own_parameters(conditions: list[Any]) -> None:
    """Refuse a named parameter that quizkit's statements have too: its value would be replaced."""
    parts = (part for one in conditions for part in visitors.iterate(coercions.expect(roles.WhereHavingRole, one)))
    for part in parts:
        if isinstance(part, BindParameter) and not part.unique and (part.key in PARAMETERS or part.key[:2] == "__"):
            raise UsageError(
                "where_parameter",
                f"where= has a parameter {part.key}, as quizkit's statement has: write the value itself, or give it "
                "another name",
                parameter=part.key,
            )


def _attributes(_holder: Holder, name: str, values: Any) -> list[Any]:
    attributes = [] if _is_condition(values) else _listed(name, values, MAX_TEXTS)
    if _is_condition(values) or len(attributes) > MAX_TEXTS or not all(map(_is_condition, attributes)):
        raise kind_error(name, f"a list of at most {MAX_TEXTS} attributes, such as [Quiz.course_id]")
    return attributes


def _one_or_each(_holder: Holder, name: str, values: Any) -> Any:
    if isinstance(values, Mapping):
        return values
    mappings = _listed(name, values)
    if not all(isinstance(one, Mapping) for one in mappings):
        raise kind_error(name, "a mapping of columns, or one for each question")
    return mappings


def _groups(holder: Holder, name: str, values: Any) -> dict[str, list[Any]]:
    if not isinstance(values, Mapping):
        raise kind_error(name, "a mapping of names to lists of conditions")
    return {_text(holder, name, key): _conditions(holder, name, where) for key, where in values.items()}


def _is_condition(value: Any) -> bool:
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


# ---------------------------------------------------------------------------------------------- every argument

_CHECKS: Final[Mapping[str, Check]] = {
    "AttemptState": _instance(AttemptState, "an AttemptState"),
    "Columns": _attributes,
    "Iterable[Question | QuestionDraft]": _all(_parsed),
    "Iterable[S]": _subjects,
    "Iterable[str]": _texts,
    "Iterable[uuid.UUID]": _all(_id),
    "Mapping[uuid.UUID, int]": _versions,
    "Mapping[str, Where]": _groups,
    "Mapping[str, Any]": _instance(Mapping, "a mapping"),
    "NewId": _makes_ids,
    "Question | QuestionDraft": _parsed,
    "Order": _instance(Order, "an Order"),
    "TieBreak": _instance(TieBreak, "a TieBreak"),
    "QuizState": _instance(QuizState, "a QuizState"),
    "Anonymous": _anonymous,
    "S": _subject,
    "S | Anonymous": _taker,
    "Values | Iterable[Values]": _one_or_each,
    "Values": _instance(Mapping, "a mapping of columns"),
    "Where": _conditions,
    "bool": _instance(bool, "a bool"),
    "bytes": _instance(bytes, "bytes"),
    "datetime": _instance(datetime, "a datetime"),
    "int": _integer,
    "str": _text,
    "uuid.UUID": _id,
}


def _check_of(annotation: str) -> Check | None:
    """Return the check for an annotation, or None for types that quizkit does not check."""
    known = _CHECKS.get(annotation)
    if known is not None:
        return known
    name = annotation.removeprefix("Iterable[").removesuffix("]")
    if name not in schemas.__all__:
        return None
    return _all(_schema(name)) if annotation.startswith("Iterable[") else _schema(name)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The checks of one verb's arguments by name, and the names of its positional arguments in order."""

    checks: Mapping[str, Check]
    optional: frozenset[str]
    positional: tuple[str, ...]

    def checked(
        self, holder: Holder, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments as the verb receives them.

        Raises:
            UsageError: `argument_type`, `taker_missing`, `groups_kind`, `tags_kind`, `where_kind`.
            Invalid: `argument_invalid`.
        """
        # This runs before every verb, so it avoids needless calls: it takes 2 to 3 microseconds.
        checks, optional = self.checks, self.optional
        if args:
            checked = list(args)
            for at, name in enumerate(self.positional[: len(checked)]):
                if name in checks and (checked[at] is not None or name not in optional):
                    checked[at] = checks[name](holder, name, checked[at])
            args = tuple(checked)
        for name, value in kwargs.items():
            if name in checks and (value is not None or name not in optional):
                kwargs[name] = checks[name](holder, name, value)
        return args, kwargs


def arguments_of(verb: Callable[..., Any]) -> Arguments:
    """Return the checks of a verb's arguments, after the verb group and the session, from its annotations."""
    code = verb.__code__
    kinds = {name: str(kind) for name, kind in verb.__annotations__.items() if name not in {"session", "return"}}
    optional = frozenset(name for name, kind in kinds.items() if kind.endswith(" | None"))
    found = {name: _check_of(kind.removesuffix(" | None")) for name, kind in kinds.items()}
    checks = {name: check for name, check in found.items() if check is not None}
    return Arguments(checks, optional, code.co_varnames[2 : code.co_argcount])
