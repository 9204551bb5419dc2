"""A field has one type for its readers: in mypy alone, in mypy with Pydantic's plugin, and in a class that extends its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

import quizkit.questions
import quizkit.schemas
from type_checkers import mypy_lines

REVEALED = re.compile(r'^fields\.py:(\d+): note: Revealed type is "(.*)"$')


def models(package: object) -> list[str]:
    """Return the names of the public models of a package; a generic one with its argument."""
    found = [(name, getattr(package, name)) for name in getattr(package, "__all__")]  # noqa: B009 - a module
    return [
        f"{name}[int]" if cls.__pydantic_generic_metadata__["parameters"] else name
        for name, cls in found
        if isinstance(cls, type) and issubclass(cls, BaseModel) and cls.model_fields
    ]


def fields(package: object, model: str) -> list[str]:
    return list(getattr(package, model.partition("[")[0]).model_fields)


def revealing() -> tuple[list[str], list[str]]:
    """Return the lines of a module that reveals the type of each field, and what each line reveals."""
    lines = ["from quizkit.questions import *", "from quizkit.schemas import *"]
    shown = [""] * len(lines)

    def reveal(model: str, cls: str, names: list[str]) -> None:
        number = len(lines)
        lines.append(f"def _{number}(it: {cls}) -> None:")
        shown.append("")
        for name in names:
            lines.append(f"    reveal_type(it.{name})")
            shown.append(f"{model}.{name}")

    for package in (quizkit.questions, quizkit.schemas):
        for model in models(package):
            reveal(model, model, fields(package, model))
    for number, model in enumerate(models(quizkit.schemas)):
        lines.append(f"class Own{number}({model}): own_field: int")
        shown.append("")
        reveal(f"own {model}", f"Own{number}", fields(quizkit.schemas, model))
    return lines, shown


def revealed(place: Path, *, plugin: bool) -> dict[str, str]:
    lines, shown = revealing()
    (place / "fields.py").write_text("\n".join(lines) + "\n")
    notes = mypy_lines(place, "fields.py", plugin=plugin)
    assert [line for line in notes if ": error:" in line] == []
    found = [match for line in notes if (match := REVEALED.match(line))]
    assert len(found) == len([name for name in shown if name])
    return {shown[int(match[1]) - 1]: match[2] for match in found}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return revealed(tmp_path_factory.mktemp("alone"), plugin=False)


def test_a_converting_field_returns_what_it_converts_to(alone: dict[str, str]) -> None:
    assert alone["Choice.content"] == "quizkit.questions._content.Text"
    assert alone["Choice.points"] == "decimal.Decimal"
    assert alone["QuizCreate.questions"] == (
        "tuple[quizkit.questions._base.Question | quizkit.questions._draft.QuestionDraft, ...]"
    )
    assert len(alone) > 300


def test_a_class_that_extends_a_schema_has_its_types(alone: dict[str, str]) -> None:
    own = {name.removeprefix("own "): type_ for name, type_ in alone.items() if name.startswith("own ")}

    assert len(own) > 150
    assert {name: type_ for name, type_ in own.items() if alone[name] != type_} == {}


def test_the_plugin_of_pydantic_reads_the_same_types(alone: dict[str, str], tmp_path: Path) -> None:
    assert revealed(tmp_path, plugin=True) == alone
