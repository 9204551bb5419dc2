"""Checking a value against a JSON Schema, for the keywords that Pydantic writes; any other keyword is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_FORMATS: Final[Mapping[str, Callable[[str], Any]]] = {"uuid": UUID, "date-time": datetime.fromisoformat}
_SAYS_NOTHING: Final = frozenset({"$defs", "title", "description", "default", "examples", "deprecated", "readOnly"})


def problems(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, at: str = "$") -> list[str]:
    """Return what of a JSON value does not fit its schema, each with its place; empty if all of it fits."""
    root = schema if root is None else root
    found: list[str] = []
    for keyword, said in schema.items():
        if keyword not in _SAYS_NOTHING:
            found += [f"{at}: {keyword}: {problem}" for problem in _CHECKS[keyword](value, said, schema, root, at)]
    return found


Check = Callable[[Any, Any, Mapping[str, Any], Mapping[str, Any], str], Iterator[str]]


def _ref(value: Any, said: str, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from problems(value, root["$defs"][said.removeprefix("#/$defs/")], root, at)


def _type(value: Any, said: str, *_: Any) -> Iterator[str]:
    if not _TYPES[said](value):
        yield f"{value!r} is no {said}"


def _enum(value: Any, said: list[Any], *_: Any) -> Iterator[str]:
    if value not in said:
        yield f"{value!r} is none of {said}"


def _const(value: Any, said: Any, *_: Any) -> Iterator[str]:
    if value != said:
        yield f"{value!r} is not {said!r}"


def _any_of(value: Any, said: list[Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    tried = [problems(value, one, root, at) for one in said]
    if all(tried):
        yield f"none fits: {tried}"


def _one_of(value: Any, said: list[Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    tried = [problems(value, one, root, at) for one in said]
    fitting = sum(not one for one in tried)
    if fitting != 1:
        # Of a choice by type only what the value's own type says is worth reading.
        yield f"{fitting} fit: {min(tried, key=len)}"


def _all_of(value: Any, said: list[Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    for one in said:
        yield from problems(value, one, root, at)


def _not(value: Any, said: Any, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if not problems(value, said, root, at):
        yield f"{value!r} fits"


def _properties(value: Any, said: Mapping[str, Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name in said.keys() & value.keys():
            yield from problems(value[name], said[name], root, f"{at}.{name}")


def _required(value: Any, said: list[str], *_: Any) -> Iterator[str]:
    if isinstance(value, dict) and not value.keys() >= set(said):
        yield f"{sorted(set(said) - value.keys())} missing"


def _additional(value: Any, said: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in value.keys() - schema.get("properties", {}).keys():
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        for one in patterns:
            yield from problems(value[name], one, root, f"{at}.{name}")
        if patterns or said is True:
            continue
        if said is False:
            yield f"{name} is not known"
        else:
            yield from problems(value[name], said, root, f"{at}.{name}")


def _pattern_properties(value: Any, said: Any, schema: Mapping[str, Any], root: Any, at: str) -> Iterator[str]:
    if "additionalProperties" not in schema:
        yield from _additional(value, True, schema, root, at)


def _items(value: Any, said: Any, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, list):
        for position, one in enumerate(value):
            yield from problems(one, said, root, f"{at}.{position}")


def _unique(value: Any, said: bool, *_: Any) -> Iterator[str]:
    if said and any(value.index(one) != position for position, one in enumerate(value)):
        yield "an item comes twice"


def _pattern(value: Any, said: str, *_: Any) -> Iterator[str]:
    if isinstance(value, str) and not re.search(said, value):
        yield f"{value!r} does not match {said}"


def _format(value: Any, said: str, *_: Any) -> Iterator[str]:
    if isinstance(value, str):
        try:
            _FORMATS[said](value)
        except ValueError:
            yield f"{value!r} is no {said}"


def _bound(kind: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> Check:
    def check(value: Any, said: Any, *_: Any) -> Iterator[str]:
        if isinstance(value, kind) and not isinstance(value, bool) and not holds(value, said):
            yield f"{value!r} against {said!r}"

    return check


def _discriminator(
    value: Any, said: Mapping[str, Any], _schema: Any, root: Mapping[str, Any], at: str
) -> Iterator[str]:
    name = value.get(said["propertyName"]) if isinstance(value, dict) else None
    ref = said["mapping"].get(name)
    if ref is not None:
        yield from _ref(value, ref, None, root, at)


_NUMBERS: Final = (int, float)
_CHECKS: Final[Mapping[str, Check]] = {
    "$ref": _ref,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "allOf": _all_of,
    "not": _not,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "patternProperties": _pattern_properties,
    "items": _items,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "format": _format,
    "discriminator": _discriminator,
    "minLength": _bound(str, lambda value, least: len(value) >= least),
    "maxLength": _bound(str, lambda value, most: len(value) <= most),
    "minItems": _bound(list, lambda value, least: len(value) >= least),
    "maxItems": _bound(list, lambda value, most: len(value) <= most),
    "maxProperties": _bound(dict, lambda value, most: len(value) <= most),
    "minimum": _bound(_NUMBERS, lambda value, least: value >= least),
    "maximum": _bound(_NUMBERS, lambda value, most: value <= most),
    "exclusiveMinimum": _bound(_NUMBERS, lambda value, least: value > least),
    "exclusiveMaximum": _bound(_NUMBERS, lambda value, most: value < most),
}
