from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from commands import quizkit
from conftest import Database
from quizkit import migrations
from quizkit.models import TableConfig, models

HOST = """
from sqlalchemy import BigInteger, MetaData
from sqlalchemy.orm import DeclarativeBase
from quizkit.models import SubjectColumn, TableConfig

class Base(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(prefix="exam_", subject=SubjectColumn(type_=BigInteger()))})

class nested:
    config = TableConfig(prefix="other_")
"""

KITS = """
from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase
from quizkit.crud import Quizkit, Tenants
from quizkit.models import Models, TableConfig, TenantColumn, models
from quizkit.models._row import mixin_of

def mounted(config):
    class Base(DeclarativeBase):
        metadata = MetaData(info={"quizkit": config})
    return Models(**{
        role: type(f"Own{role}", (mixin_of(getattr(models, role)), Base), {})
        for role in models.__dataclass_fields__
    })

kit = Quizkit(mounted(TableConfig(prefix="exam_")))
tenants = Tenants(mounted(TableConfig(prefix="tenant_", tenant=TenantColumn(type_=String(20)))), str)
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/quiz.db"


def test_a_downgrade_needs_confirmation(url: str) -> None:
    quizkit("db", "upgrade", "--url", url)

    asked = quizkit("db", "downgrade", "base", "--url", url, typed="n\n")
    assert asked.returncode == 1
    assert "drops everything that was added after base" in asked.stderr
    assert migrations.current(url) == migrations.head()

    done = quizkit("db", "downgrade", "base", "--url", url, "--yes")
    assert done.stdout == "Downgraded from quizkit_0001 to nothing.\n"
    assert migrations.current(url) is None


def test_matching_tables_are_stamped(url: str) -> None:
    refused = quizkit("db", "stamp", "--url", url)
    assert refused.returncode == 1
    assert "a later upgrade would fail" in refused.stderr
    assert quizkit("db", "stamp", "--url", url, "--force").stdout == "Stamped quizkit_0001.\n"


def test_the_newest_revision_and_its_sql_need_no_database(tmp_path: Path) -> None:
    assert quizkit("db", "heads").stdout == "quizkit_0001\n"
    assert "CREATE TABLE quizkit_attempt_response" in quizkit("db", "sql").stdout
    assert "utf8mb4_nopad_bin" in quizkit("db", "sql", "--dialect", "mariadb").stdout
    assert "quizkit runs on postgresql" in quizkit("db", "sql", "--dialect", "frob").stderr


def test_mounted_tables_are_named_by_module_and_name(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "host_models.py").write_text(HOST)
    monkeypatch.chdir(tmp_path)

    quizkit("db", "upgrade", "--url", url, "--tables", "host_models:Base")
    quizkit("db", "upgrade", "--url", url, QUIZKIT_TABLES="host_models:nested.config")

    assert migrations.current(url) is None
    assert migrations.current(url, config=TableConfig(prefix="exam_")) == migrations.head()
    assert migrations.current(url, config=TableConfig(prefix="other_")) == migrations.head()
    checked = quizkit("db", "check", "--url", url, "--tables", "host_models:Base.metadata")
    assert checked.stdout == "The database matches this release.\n"


def test_a_kit_names_its_tables(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "host_kits.py").write_text(KITS)
    monkeypatch.chdir(tmp_path)

    quizkit("db", "upgrade", "--url", url, "--tables", "host_kits:kit")
    quizkit("db", "upgrade", "--url", url, "--tables", "host_kits:tenants")

    assert migrations.current(url, config=TableConfig(prefix="exam_")) == migrations.head()
    assert migrations.current(url, config=TableConfig(prefix="tenant_")) == migrations.head()
    for name in ("kit.quizzes", "tenants.models", "kit.models"):
        checked = quizkit("db", "check", "--url", url, "--tables", f"host_kits:{name}")
        assert checked.stdout == "The database matches this release.\n"


def test_commands_say_that_they_do_not_see_the_history_of_a_host(url: str) -> None:
    """The tables were made by steps of the host's history, or by `create_all`."""
    engine = create_engine(url)
    models.metadata.create_all(engine)
    engine.dispose()

    now = quizkit("db", "current", "--url", url)
    assert "The tables exist, but not quizkit's version table" in now.stdout
    assert "quizkit db check" in now.stdout
    refused = quizkit("db", "upgrade", "--url", url)
    assert refused.returncode == 1
    assert "alembic upgrade head" in refused.stderr
    assert "quizkit db stamp" in refused.stderr
    stamped = quizkit("db", "stamp", "--url", url)
    assert stamped.stdout == "Stamped quizkit_0001.\n"
    assert "undo it with quizkit db stamp base" in stamped.stderr
    assert quizkit("db", "upgrade", "--url", url).stdout == "At quizkit_0001 already.\n"
    again = quizkit("db", "stamp", "--url", url)
    assert again.stderr == ""


@pytest.mark.parametrize("wrong", ["nowhere:Base", "os:nowhere", "os:path", "os", ":", "os:"])
def test_missing_tables_are_reported(url: str, wrong: str) -> None:
    done = quizkit("db", "check", "--url", url, "--tables", wrong)

    assert done.returncode == 1
    assert "--tables" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ("nowhere.models:Base", "there is no module nowhere in the current directory"),
        ("broken:Base", "importing broken failed: No module named 'nowhere_at_all'"),
        ("half:Base", "importing half failed: cannot import name 'nothing' from 'os'"),
        ("os:path.Base", "posixpath has no Base"),
        ("os:nowhere", "os has no nowhere"),
        ("os:environ.kit", "an object of the type _Environ has no kit"),
        ("os:environ", "os:environ is of the type _Environ"),
        ("os", "--tables must be MODULE:NAME"),
    ],
)
def test_the_message_says_what_of_the_tables_was_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str, message: str
) -> None:
    (tmp_path / "broken.py").write_text("import nowhere_at_all")
    (tmp_path / "half.py").write_text("from os import nothing")
    monkeypatch.chdir(tmp_path)

    done = quizkit("db", "check", "--url", "sqlite:///x.db", QUIZKIT_TABLES=tables)

    assert done.returncode == 1
    assert message in done.stderr


def test_a_check_of_other_tables_than_the_mounted_ones_says_how_to_name_them(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "host_models.py").write_text(HOST)
    monkeypatch.chdir(tmp_path)
    quizkit("db", "upgrade", "--url", url, "--tables", "host_models:Base")

    done = quizkit("db", "check", "--url", url)

    assert done.returncode == 1
    assert "name them with --tables or QUIZKIT_TABLES" in done.stderr


def test_a_check_names_both_ways_to_make_the_mounted_tables(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "host_models.py").write_text(HOST)
    monkeypatch.chdir(tmp_path)

    by_option = quizkit("db", "check", "--url", url, "--tables", "host_models:Base")
    by_variable = quizkit("db", "check", "--url", url, QUIZKIT_TABLES="host_models:Base")

    assert by_option.returncode == 1
    assert "quizkit db revision-for-host --tables host_models:Base, then alembic upgrade head" in by_option.stderr
    assert "otherwise run: quizkit db upgrade --tables host_models:Base\n" in by_option.stderr
    assert by_variable.stderr == by_option.stderr


def test_a_step_is_written_for_the_history_of_a_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    alembic = [sys.executable, "-m", "alembic"]
    subprocess.run([*alembic, "init", "migrations"], check=True, capture_output=True)
    env = Path("migrations/env.py")
    env.write_text(
        env.read_text().replace(
            "target_metadata = None", "from sqlalchemy import MetaData\ntarget_metadata = MetaData()"
        )
    )
    ini = Path("alembic.ini")
    ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", "sqlite:///host.db"))

    written = quizkit("db", "revision-for-host", "-m", "quizzes")
    assert "_quizzes.py. Next: alembic upgrade head, then" in written.stdout, written.stderr
    assert written.stdout.endswith("alembic revision --autogenerate\n")
    assert "pass --tables or set QUIZKIT_TABLES" in written.stderr
    again = quizkit("db", "revision-for-host")
    assert again.stdout == "Your history is at quizkit_0001 already.\n"
    subprocess.run([*alembic, "upgrade", "head"], check=True, capture_output=True, env=dict(os.environ))

    assert quizkit("db", "check", "--url", "sqlite:///host.db").returncode == 0
    Path("host_models.py").write_text(HOST)
    named = quizkit("db", "revision-for-host", "--tables", "host_models:Base")
    assert named.returncode == 1
    assert 'write prefix="…" into' in named.stderr
    by_variable = quizkit("db", "revision-for-host", QUIZKIT_TABLES="host_models:Base")
    assert (by_variable.returncode, by_variable.stderr) == (1, named.stderr)
    assert "no such Alembic configuration" in quizkit("db", "revision-for-host", "--alembic", "x.ini").stderr


def test_no_command_prints_a_password(database: Database) -> None:
    """Wrong and right passwords, and passwords for unreachable servers."""
    if database.kind == "sqlite":
        pytest.skip("SQLite has no password")
    wrong = make_url(database.sync_url).set(username="nobody_here", password="hunter2-secret")
    for command, url in (("upgrade", wrong), ("check", wrong.set(port=1))):
        done = quizkit("db", command, "--url", url.render_as_string(hide_password=False))
        assert done.returncode in {0, 1}
        assert "hunter2" not in done.stdout + done.stderr
