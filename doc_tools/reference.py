"""Prepares the API reference: a Griffe extension that adds what only the running classes know.

Griffe reads the sources. A schema's fields get their type, default and bounds from the class itself, because the source
shows descriptors and factories. The nouns of `quizkit.crud` have the names of its modules and would be taken for them.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from html import escape
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import griffe
from pydantic import BaseModel, BeforeValidator, PlainSerializer
from sqlalchemy.types import TypeEngine

from quizkit.crud import VerbGroup, kit
from quizkit.questions import _content as content
from quizkit.questions._registry import _Responses

ERRORS: Final = Path(__file__).parents[1] / "docs" / "reference" / "errors.md"
ERRORS_URL: Final = "../../errors/"

_EXACT: Final[Mapping[Any, str]] = {
    content._points: f"0 to {content.MAX_POINTS:,}; at most {content.PLACES} decimal places",
    content._share: "-1 to 1",
    content._positive_share: "0 to 1",
    content._factor: "1 to 10",
    content.exact_decimal: f"at most {content.MAX_DIGITS} digits",
}
"""The bounds that validators of exact numbers check, which JSON Schema does not state."""

_OF_PYDANTIC: Final = ("model_config", "model_json_schema", "model_post_init", "model_rebuild")
_NOISE: Final = frozenset({"class-attribute", "instance-attribute", "module-attribute"})


class Field(NamedTuple):
    """A field as the reference shows it: the type as HTML, the other parts as text."""

    name: str
    type: str
    default: str | None
    bounds: str
    meaning: str


def fields_of(schema: type[BaseModel]) -> list[Field]:
    """Return the fields of a schema, in order. The default of a required field is None."""
    properties = schema.model_json_schema()["properties"] if schema.model_fields else {}
    return [
        Field(
            name,
            "Any" if field.annotation is None else _type(field.annotation, field.metadata),
            None if field.is_required() else _value(field.get_default(call_default_factory=True, validated_data={})),
            "; ".join(dict.fromkeys([*_exact(field.annotation, field.metadata), *_bounds(properties.get(name, {}))])),
            field.description or "",
        )
        for name, field in schema.model_fields.items()
    ]


def _type(kind: Any, metadata: Any = ()) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type(parts[0], kind.__metadata__)
    if origin in {Union, UnionType}:
        return " | ".join(_type(part) for part in parts)
    if origin is Literal:
        return f"Literal[{', '.join(escape(repr(part)) for part in parts)}]"
    if origin is not None:
        shown = ", ".join("..." if part is ... else _type(part) for part in parts)
        return f"{_name(origin)}[{shown}]"
    if kind is Any and any(isinstance(one, PlainSerializer) and one.func is content.write_fraction for one in metadata):
        return "Fraction"
    if kind is Any and any(isinstance(one, _Responses) for one in metadata):
        return "Response"
    return "None" if kind is NoneType else _name(kind)


def _name(kind: Any) -> str:
    name = escape(kind.__name__ if isinstance(kind, type | TypeVar) else str(kind).removeprefix("typing."))
    if getattr(kind, "__module__", "").startswith("quizkit") and isinstance(kind, type):
        return f'<autoref identifier="{kind.__module__}.{kind.__qualname__}" optional>{name}</autoref>'
    return name


def _value(value: Any) -> str:
    if isinstance(value, BaseModel):
        return f"{type(value).__name__}()"
    if isinstance(value, Enum):
        return repr(value.value)
    if isinstance(value, frozenset):
        kinds: set[type[Enum]] = {type(one) for one in value}
        names = [repr(one.value) for kind in kinds for one in kind if one in value]
        return f"{{{', '.join(names)}}}" if names else "frozenset()"
    return repr(value) if isinstance(value, str | tuple | bool | NoneType) else str(value)


def _exact(kind: Any, metadata: Any) -> Iterator[str]:
    if get_origin(kind) is Annotated:
        yield from _exact(get_args(kind)[0], kind.__metadata__)
    elif get_origin(kind) in {Union, UnionType}:
        for part in get_args(kind):
            yield from _exact(part, ())
    for one in metadata:
        if isinstance(one, BeforeValidator) and one.func in _EXACT:
            yield _EXACT[one.func]


def _bounds(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the bounds in the JSON Schema of a field; bounds of the items of a list begin with "each"."""
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " items" if found.get("type") == "array" else " characters"),
        ("minItems", "maxItems", " items"),
        ("minProperties", "maxProperties", " entries"),
    ):
        least, most = found.get(low), found.get(high)
        if least is not None and most is not None:
            yield f"{least:,} to {most:,}{unit}"
        elif most is not None:
            yield f"at most {most:,}{unit}"
        elif least is not None:
            yield f"at least {least:,}{unit}"
    if "pattern" in found:
        yield f"pattern `{found['pattern']}`"
    for variant in found.get("anyOf", ()):
        yield from _bounds(variant)
    if isinstance(items := found.get("items"), Mapping):
        yield from (f"each {bound}" for bound in _bounds(items))


def error_codes() -> frozenset[str]:
    """Return the error codes that have an anchor in the reference."""
    return frozenset(re.findall(r'<a id="(\w+)"></a>', ERRORS.read_text()))


class Reference(griffe.Extension):
    """Completes the package after Griffe has read it."""

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **_: Any) -> None:
        """Add the fields of schemas, make nouns of the modules of verbs, and link error codes."""
        loader.resolve_aliases(implicit=True)
        codes = error_codes()
        for thing in _walk(pkg):
            thing.labels -= _NOISE
            if thing.docstring:
                thing.docstring.value = _with_links(thing.docstring.value, codes)
            if isinstance(thing, griffe.Class):
                _describe(thing)
            elif isinstance(thing, griffe.Function):
                _write_out_defaults(thing)
                _show_context_manager(thing)
            elif isinstance(thing, griffe.Attribute):
                if isinstance(thing.value, griffe.ExprCall):
                    _document(thing, thing.value)
                thing.value = _written_out(thing.value, thing.module)
        crud = pkg["crud"]
        for noun, group in vars(kit).items():
            if isinstance(group, VerbGroup):
                _name_the_noun(crud, noun, type(group).__name__)


def _walk(thing: griffe.Object) -> Iterator[griffe.Object]:
    for member in list(thing.members.values()):
        if isinstance(member, griffe.Object):
            yield member
            yield from _walk(member)


def _with_links(text: str, codes: frozenset[str]) -> str:
    """Link the codes in the section of errors; elsewhere the same word may be a field or a state."""
    before, heading, errors = text.partition("\nRaises:\n")
    return f"{before}{heading}" + re.sub(
        r"`(\w+)`",
        lambda match: f"[`{match[1]}`]({ERRORS_URL}#{match[1]})" if match[1] in codes else match[0],
        errors,
    )


def _describe(cls: griffe.Class) -> None:
    found: Any = importlib.import_module(cls.module.path)
    for name in cls.path.removeprefix(f"{cls.module.path}.").split("."):
        found = getattr(found, name, None)
    if isinstance(found, type) and issubclass(found, BaseModel):
        for name in {*found.model_fields, *_OF_PYDANTIC} & set(cls.members):
            del cls.members[name]
        cls.extra["quizkit"]["fields"] = fields_of(found)


def _write_out_defaults(function: griffe.Function) -> None:
    for parameter in function.parameters:
        parameter.default = _written_out(parameter.default, function.module) or ("..." if parameter.default else None)


def _written_out(default: str | griffe.Expr | None, module: griffe.Module) -> str | griffe.Expr | None:
    """Return a default without private names and names of constants: as its value, or None if that is no literal."""
    if isinstance(default, griffe.ExprName) and re.fullmatch("_.+|[A-Z_]+", default.name):
        value = getattr(importlib.import_module(module.path), default.name, None)
        if isinstance(value, Mapping) and not value:
            return "{}"
        if isinstance(value, int | str | TypeEngine):
            return repr(value)
    if default is not None and re.search(r"(?<![\w.'\"])_[A-Za-z]", str(default)):
        return None
    return default


def _show_context_manager(function: griffe.Function) -> None:
    """Show what a call returns, which is a context manager, and not what the decorated function yields."""
    for name, kind, label in (
        ("contextlib.contextmanager", "AbstractContextManager", "context manager"),
        ("contextlib.asynccontextmanager", "AbstractAsyncContextManager", "async context manager"),
    ):
        if any(decorator.callable_path == name for decorator in function.decorators):
            assert isinstance(function.returns, griffe.ExprSubscript)  # mypy wants the type of what is yielded
            function.returns.left = griffe.ExprName(kind)
            function.labels = {label}


def _document(column: griffe.Attribute, call: griffe.ExprCall) -> None:
    """Show the `doc=` of a column as its description instead of as code."""
    for argument in call.arguments:
        if isinstance(argument, griffe.ExprKeyword) and argument.name == "doc":
            column.docstring = griffe.Docstring(ast.literal_eval(str(argument.value)), parent=column)
            call.arguments = [one for one in call.arguments if one is not argument]


def _name_the_noun(crud: griffe.Module, noun: str, group: str) -> None:
    cls = crud[f"{noun}.{group}"]
    for name, verb in cls.members.items():
        verb.aliases[f"{crud.path}.{group}.{name}"] = verb
        verb.extra["quizkit"]["noun"] = noun
    cls.extra["quizkit"]["is_noun"] = True
    del crud.members[group]
    crud.members[noun] = griffe.Alias(noun, cls, parent=crud)
