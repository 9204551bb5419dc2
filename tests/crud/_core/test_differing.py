"""The ready-made kit over tables of the same names that somebody mounted in another way."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from sqlalchemy import Integer, String
from sqlalchemy.orm import DeclarativeBase, Session

from conftest import Database
from quizkit import migrations
from quizkit.crud import Quizkit, Tenants, kit
from quizkit.errors import UsageError
from quizkit.models import Models, models, mount
from quizkit.schemas import BankCreate, QuizCreate


def mounted(how: str) -> Models[Any]:
    class Base(DeclarativeBase): ...

    return mount(Base, tenant=String(20)) if how == "tenants" else mount(Base, subject=Integer())


@pytest.fixture
def theirs(empty: Database, request: pytest.FixtureRequest) -> Any:
    config = mounted(request.param).config
    migrations.upgrade(empty.sync_url, config=config)
    yield empty
    migrations.downgrade(empty.sync_url, "base", config=config)


def error_of(database: Database, verb: Any, *arguments: Any, **values: Any) -> UsageError:
    engine = database.engine()
    with Session(engine) as session, pytest.raises(UsageError) as refused:
        verb(session, *arguments, **values)
    engine.dispose()
    return refused.value


@pytest.mark.parametrize("theirs", ["tenants"], indirect=True)
def test_an_insert_into_tables_with_tenants_is_refused_without_their_kit(theirs: Database) -> None:
    for error in (
        error_of(theirs, kit.banks.create, BankCreate(name="secret name")),
        error_of(theirs, kit.quizzes.create, QuizCreate(title="secret name")),
    ):
        assert (error.code, error.params) == ("tables_differ", {"table": "quizkit_bank", "column": "tenant_id"})
        assert "use Tenants with the models" in error.message
        assert "secret name" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("theirs", ["subject"], indirect=True)
def test_user_ids_of_another_type_are_refused_by_servers(theirs: Database) -> None:
    """SQLite stores any value in any column."""
    if theirs.kind == "sqlite":
        return
    error = error_of(theirs, kit.quizzes.create, QuizCreate(title="x"), author="secret name")

    assert (error.code, error.params) == ("tables_differ", {"table": "quizkit_quiz", "column": "author_id"})
    assert "secret name" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("theirs", ["subject"], indirect=True)
def test_verbs_of_a_tenant_over_tables_without_tenants_are_refused(theirs: Database) -> None:
    own = Tenants(mounted("tenants"), str).of("acme")
    for error in (
        error_of(theirs, own.quizzes.page),
        error_of(theirs, own.banks.create, BankCreate(name="secret name")),
        error_of(theirs, own.quizzes.create, QuizCreate(title="secret name")),
    ):
        assert (error.code, error.params["column"]) == ("tables_differ", "tenant_id")
        assert "it was made without tenants" in error.message
        assert "secret name" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("theirs", ["tenants", "subject"], indirect=True)
def test_ensure_schema_current_compares_the_ids_of_tenants_and_users(
    theirs: Database, request: pytest.FixtureRequest
) -> None:
    how = request.node.callspec.params["theirs"]
    with pytest.raises(UsageError) as refused:
        migrations.ensure_schema_current(theirs.sync_url)
    own = mounted(how)
    migrations.ensure_schema_current(theirs.sync_url, config=own.config)
    with pytest.raises(UsageError) as reverse:
        migrations.ensure_schema_current(
            theirs.sync_url, config=mounted("subject" if how == "tenants" else "tenants").config
        )

    assert refused.value.code == reverse.value.code == "tables_differ"
    assert ("has tenants" if how == "tenants" else "has the type INTEGER") in refused.value.message
    assert Quizkit(models).tenant is None
