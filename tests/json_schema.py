"""Check a value against a JSON Schema with the keywords that Pydantic writes; other keywords are refused."""

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
    """Return the mismatches between a JSON value and its schema, each with its path."""
    root = schema if root is None else root
    found: list[str] = []
    for keyword, rule in schema.items():
        if keyword not in _SAYS_NOTHING:
            found += [f"{at}: {keyword}: {problem}" for problem in _CHECKS[keyword](value, rule, schema, root, at)]
    return found


Check = Callable[[Any, Any, Mapping[str, Any], Mapping[str, Any], str], Iterator[str]]


def _ref(value: Any, rule: str, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from problems(value, root["$defs"][rule.removeprefix("#/$defs/")], root, at)


def _type(value: Any, rule: str, *_: Any) -> Iterator[str]:
    if not _TYPES[rule](value):
        yield f"{value!r} is no {rule}"


def _enum(value: Any, rule: list[Any], *_: Any) -> Iterator[str]:
    if value not in rule:
        yield f"{value!r} is none of {rule}"


def _const(value: Any, rule: Any, *_: Any) -> Iterator[str]:
    if value != rule:
        yield f"{value!r} is not {rule!r}"


def _any_of(value: Any, rule: list[Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    tried = [problems(value, one, root, at) for one in rule]
    if all(tried):
        yield f"none fits: {tried}"


def _one_of(value: Any, rule: list[Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    tried = [problems(value, one, root, at) for one in rule]
    fitting = sum(not one for one in tried)
    if fitting != 1:
        # In a union discriminated by type, only mismatches with the value's own type are useful.
        yield f"{fitting} fit: {min(tried, key=len)}"


def _all_of(value: Any, rule: list[Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    for one in rule:
        yield from problems(value, one, root, at)


def _not(value: Any, rule: Any, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if not problems(value, rule, root, at):
        yield f"{value!r} fits"


def _properties(value: Any, rule: Mapping[str, Any], _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name in rule.keys() & value.keys():
            yield from problems(value[name], rule[name], root, f"{at}.{name}")


def _property_names(value: Any, rule: Any, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        yield from problems(name, rule, root, at)


def _required(value: Any, rule: list[str], *_: Any) -> Iterator[str]:
    if isinstance(value, dict) and not value.keys() >= set(rule):
        yield f"{sorted(set(rule) - value.keys())} missing"


def _additional(value: Any, rule: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in value.keys() - schema.get("properties", {}).keys():
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        for one in patterns:
            yield from problems(value[name], one, root, f"{at}.{name}")
        if patterns or rule is True:
            continue
        if rule is False:
            yield f"{name} is not known"
        else:
            yield from problems(value[name], rule, root, f"{at}.{name}")


def _pattern_properties(value: Any, rule: Any, schema: Mapping[str, Any], root: Any, at: str) -> Iterator[str]:
    if "additionalProperties" not in schema:
        yield from _additional(value, True, schema, root, at)


def _items(value: Any, rule: Any, _schema: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, list):
        for position, one in enumerate(value):
            yield from problems(one, rule, root, f"{at}.{position}")


def _unique(value: Any, rule: bool, *_: Any) -> Iterator[str]:
    if rule and any(value.index(one) != position for position, one in enumerate(value)):
        yield "an item comes twice"


def _pattern(value: Any, rule: str, *_: Any) -> Iterator[str]:
    if isinstance(value, str) and not re.search(rule, value):
        yield f"{value!r} does not match {rule}"


def _format(value: Any, rule: str, *_: Any) -> Iterator[str]:
    if isinstance(value, str):
        try:
            _FORMATS[rule](value)
        except ValueError:
            yield f"{value!r} is no {rule}"


def _bound(kind: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> Check:
    def check(value: Any, rule: Any, *_: Any) -> Iterator[str]:
        if isinstance(value, kind) and not isinstance(value, bool) and not holds(value, rule):
            yield f"{value!r} against {rule!r}"

    return check


def _discriminator(
    value: Any, rule: Mapping[str, Any], _schema: Any, root: Mapping[str, Any], at: str
) -> Iterator[str]:
    name = value.get(rule["propertyName"]) if isinstance(value, dict) else None
    ref = rule["mapping"].get(name)
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
    "propertyNames": _property_names,
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
