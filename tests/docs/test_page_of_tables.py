"""The page of the tables names tables and constraints that exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase

from quizkit.models import Models, models, mount

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "tables.md").read_text()
TABLES = [models.table(getattr(models, field.name)) for field in fields(models)]


def rules(tables: list[Table]) -> set[str]:
    kinds = (CheckConstraint, UniqueConstraint)
    return {str(one.name) for table in tables for one in table.constraints if isinstance(one, kinds)}


def test_the_page_lists_each_table() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)

    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert listed == {table.name.removeprefix("quizkit_") for table in TABLES}


def test_each_constraint_on_the_page_exists() -> None:
    named = re.findall(r"`((?:uq|ck)_)…(_\w+)`", PAGE)

    assert len(named) == 10
    assert [(kind, name) for kind, name in named if f"{kind}quizkit{name}" not in rules(TABLES)] == []


@pytest.mark.parametrize(("ondelete", "has_one"), [("RESTRICT", True), ("SET NULL", False)])
def test_an_attempt_without_a_taker_is_possible_only_if_deleting_a_user_clears_it(ondelete: str, has_one: bool) -> None:
    class Base(DeclarativeBase): ...

    made: Models[str] = mount(Base, references="users.id", ondelete=ondelete)  # type: ignore[call-overload] # any of them

    names = {str(one.name) for one in made.table(made.attempt).constraints if isinstance(one, CheckConstraint)}
    assert ("ck_quizkit_attempt_taker" in names) is has_one


def test_foreign_keys_between_the_tables_are_restrict() -> None:
    keys = [one for table in TABLES for one in table.constraints if isinstance(one, ForeignKeyConstraint)]

    assert {key.ondelete for key in keys} == {"RESTRICT"}
