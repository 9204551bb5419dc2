"""Every kind of host, every way to migrate, every database; the host's own Alembic works as before.

Each host is a project on disk with an env.py, a history, users, and a table that references quizkit's.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, ForeignKey, MetaData, String, Uuid, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, mapped_column

from conftest import Database
from mounting import CONVENTION, BigId, hostile
from quizkit import migrations
from quizkit.crud import Quizkit, Tenants
from quizkit.errors import UsageError
from quizkit.migrations import steps
from quizkit.models import Attempt, Models, Quiz, SubjectColumn, TableConfig, TenantColumn, config_of, models, mount
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.sessions import configure_sqlite
from quizkit.testing import QuizFactory

ENV = """
from alembic import context
from sqlalchemy import NullPool, create_engine

from quizkit import migrations

options = dict(
    target_metadata=context.config.attributes["target_metadata"],
    compare_type=True,
    render_as_batch=True,
    include_schemas=any(table.schema for table in context.config.attributes["target_metadata"].tables.values()),
    include_name=lambda name, kind, parents: kind != "schema" or name in {None, "quizzes_of_a_host"},
    include_object=migrations.include_object(context.config.attributes["target_metadata"], also=lambda *thing: thing[1] != "ignored"),
)
engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
if context.is_offline_mode():
    context.configure(dialect_name=engine.dialect.name, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    with engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
"""

TEMPLATE = '''"""${message}"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


class Project:
    """A host on disk: the commands of a developer, as functions."""

    def __init__(self, place: Path, database: Database) -> None:
        (place / "migrations/versions").mkdir(parents=True)
        (place / "migrations/env.py").write_text(ENV)
        (place / "migrations/script.py.mako").write_text(TEMPLATE)
        self.ini = place / "alembic.ini"
        self.ini.write_text("[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n")
        self.database = database
        self.engine = database.engine()
        self.metadata: Any = None
        self.attributes: dict[str, Any] = {}

    def _config(self, output: Any = None) -> Config:
        made = Config(str(self.ini), stdout=io.StringIO(), output_buffer=output)
        made.attributes.update(url=self.database.sync_url, target_metadata=self.metadata, **self.attributes)
        return made

    def autogenerate(self, message: str = "host") -> str:
        """Return the body of the revision that `alembic revision --autogenerate` writes."""
        made: Any = command.revision(self._config(), message, autogenerate=True)
        return str(Path(made.path).read_text())

    def upgrade(self, revision: str = "head") -> None:
        command.upgrade(self._config(), revision)

    def downgrade(self, revision: str) -> None:
        command.downgrade(self._config(), revision)

    def check(self) -> None:
        """`alembic check`: raises if autogenerate would write something."""
        command.check(self._config())

    def sql(self) -> str:
        written = io.StringIO()
        command.upgrade(self._config(written), "head", sql=True)
        return written.getvalue()

    def heads(self) -> list[str]:
        return list(ScriptDirectory.from_config(self._config()).get_heads())


@pytest.fixture
def project(tmp_path: Path, empty: Database) -> Any:
    made = Project(tmp_path / "host", empty)
    yield made
    if empty.kind == "postgresql":
        with made.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS quizzes_of_a_host CASCADE"))
    made.engine.dispose()


def ready_made() -> tuple[Any, Any, Any]:
    """A host without quizkit's models: its certificates reference a table of another metadata."""

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=CONVENTION)

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(BigId, primary_key=True)

    before = MetaData(naming_convention=CONVENTION)
    User.__table__.to_metadata(before)  # type: ignore[attr-defined] # it is a Table

    class Certificate(Base):
        __tablename__ = "certificates"
        id: Mapped[int] = mapped_column(BigId, primary_key=True)
        attempt_id: Mapped[uuid.UUID] = mapped_column(Attempt.__table__.c.id.type, ForeignKey(Attempt.id))

    return before, Base.metadata, (Quizkit(models), "7", None)


def mounted(**how: Any) -> Callable[[], tuple[Any, Any, Any]]:
    """A hostile host with quizkit's tables in its own metadata."""

    def make() -> tuple[Any, Any, Any]:
        host = hostile(**how)
        before = MetaData(naming_convention=CONVENTION, info=host.metadata.info)
        host.User.__table__.to_metadata(before)
        kit: Any = Tenants(host.models, str).of("acme") if how.get("tenant") else Quizkit(host.models)
        return before, host.metadata, (kit, host.new_user, host)

    return make


def beside_dataclasses() -> tuple[Any, Any, Any]:
    """A host with dataclass models, and a second base over the same metadata for quizkit's classes."""
    config = TableConfig(prefix="dexam_", subject=SubjectColumn(type_=BigId, references="users.id"))

    class Base(MappedAsDataclass, DeclarativeBase):
        metadata = MetaData(naming_convention=CONVENTION, info={"quizkit": config})

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(BigId, primary_key=True)

    before = MetaData(naming_convention=CONVENTION, info=Base.metadata.info)
    User.__table__.to_metadata(before)  # type: ignore[attr-defined] # it is a Table

    class QuizBase(DeclarativeBase):
        metadata = Base.metadata

    host = SimpleNamespace(User=User)
    return before, Base.metadata, (Quizkit(mount(QuizBase, subject=BigId)), 7, host)


HOSTS: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "ready-made": ready_made,
    "mounted, int users": mounted(),
    "mounted, uuid users": mounted(prefix="uexam_", user_id=Uuid(), new_user=uuid.UUID(int=7), ondelete="SET NULL"),
    "mounted, text users": mounted(prefix="texam_", user_id=String(36), new_user="seven"),
    "mounted, in a schema": mounted(prefix="sexam_", schema="quizzes_of_a_host"),
    "beside dataclasses": beside_dataclasses,
    "mounted, tenants": mounted(prefix="tenant_exam_", tenant=TenantColumn(type_=String(20))),
}


@pytest.mark.one_database
@pytest.mark.parametrize("way", ["beside", "inside"])
@pytest.mark.parametrize("kind", HOSTS)
def test_a_host_and_quizkit_migrate_side_by_side(project: Project, kind: str, way: str) -> None:
    before, after, use = HOSTS[kind]()
    config = config_of(after)
    url = project.database.sync_url
    if config.schema and project.database.kind != "postgresql":
        pytest.skip("a schema is a database there, or another file")

    # The application before quizkit.
    project.metadata = before
    assert "create_table" in project.autogenerate()
    project.upgrade()
    project.check()

    # quizkit is added.
    project.metadata = after
    if way == "beside":
        migrations.upgrade(project.engine, config=config)
    else:
        written = migrations.revision_for_host(project.ini)
        assert written is not None
        project.upgrade()
        assert migrations.revision_for_host(project.ini) is None
    assert migrations.check(project.engine, config=config) == []

    # Autogenerate writes only changes of the host's own tables.
    body = project.autogenerate()
    for role in ("bank", "quiz", "attempt", "attempt_response", "alembic_version"):
        assert f"create_table('{config.table(role)}'" not in body
        assert f"drop_table('{config.table(role)}'" not in body.partition("def downgrade")[0]
    assert "quizkit.models" not in body
    project.upgrade()
    project.check()
    assert "\n    pass\n" in project.autogenerate("empty")
    project.upgrade()
    assert len(project.heads()) == 1
    assert migrations.check(project.engine, config=config) == []
    migrations.ensure_schema_current(project.engine, config=config)
    if use[2] is not None:
        keys = [
            key["referred_table"]
            for key in inspect(project.engine).get_foreign_keys(config.table("attempt"), config.schema)
        ]
        assert use[2].User.__tablename__ in keys

    _take_a_quiz(project, *use)

    # Downgrade and upgrade again, which loses the rows.
    project.downgrade("-2")
    if way == "beside":
        migrations.downgrade(project.engine, "base", config=config)
    else:
        project.downgrade("-1")
    assert not inspect(project.engine).has_table(config.table("attempt"), config.schema)
    with pytest.raises(UsageError) as refused:
        migrations.ensure_schema_current(project.engine, config=config)
    assert refused.value.code == "schema_not_current"
    if way == "beside":
        migrations.upgrade(url, config=config)
    project.upgrade()
    project.check()
    assert migrations.check(project.engine, config=config) == []


def _take_a_quiz(project: Project, kit: Quizkit[Any], user: Any, host: Any) -> None:
    with Session(project.engine) as session, session.begin():
        if host is not None:
            session.add(host.User(id=user))
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=[TrueFalse(content="?", answer=True)]))
        kit.quizzes.publish(session, quiz.id)
        paper = kit.attempts.start(session, quiz.id, taker=user)
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        kit.attempts.save(session, paper.attempt_id, data, taker=user)
        assert kit.attempts.submit(session, paper.attempt_id, taker=user).score == 1


@pytest.mark.one_database
def test_only_quizkits_own_check_sees_that_a_host_forgot_the_step(project: Project) -> None:
    before, after, (kit, _, _) = beside_dataclasses()
    project.metadata = before
    project.autogenerate()
    project.upgrade()
    project.metadata = after

    project.check()  # `alembic check` is green without a single table of quizkit
    assert migrations.check(project.engine, config=config_of(after)) != []
    with Session(project.engine) as session, pytest.raises(UsageError) as refused:
        kit.quizzes.page(session)
    assert refused.value.code == "tables_missing"


def test_without_the_filter_autogenerate_would_drop_quizkits_tables(project: Project) -> None:
    """The mistake that the filter in env.py prevents."""
    env = project.ini.parent / "migrations/env.py"
    env.write_text("\n".join(line for line in ENV.splitlines() if "include_object" not in line))
    project.metadata = MetaData()
    migrations.upgrade(project.engine)

    assert "drop_table('quizkit_attempt')" in project.autogenerate()


def test_the_hosts_own_filter_still_filters(project: Project) -> None:
    project.metadata = MetaData()
    with project.engine.begin() as connection:
        connection.execute(text("CREATE TABLE ignored (id INTEGER)"))

    project.check()


def test_a_host_prints_its_history_with_a_quizkit_step_as_sql(project: Project) -> None:
    before, after, _ = HOSTS["mounted, int users"]()
    project.metadata = before
    project.autogenerate()
    project.metadata = after
    migrations.revision_for_host(project.ini)

    written = project.sql()

    assert "CREATE TABLE exam_users" in written
    assert "CREATE TABLE" in written.partition("exam_attempt_response")[0]


def test_an_interrupted_step_can_be_run_again(project: Project) -> None:
    """Even if the host's own Alembic begins no transaction before DDL (SQLite) or cannot (MariaDB)."""
    project.metadata = MetaData()
    migrations.revision_for_host(project.ini)
    env = project.ini.parent / "migrations/env.py"
    pulling = ENV.replace(
        "        context.configure(connection=connection",
        """        from sqlalchemy import event

        def pull(connection, cursor, statement, *more):
            if "quizkit_slot" in statement and "CREATE" in statement:
                raise RuntimeError("pulled")

        event.listen(engine, "before_cursor_execute", pull)
        context.configure(connection=connection""",
    )
    assert pulling != ENV
    env.write_text(pulling)
    with pytest.raises(RuntimeError, match="pulled"):
        project.upgrade()
    env.write_text(ENV)

    project.upgrade()

    assert migrations.check(project.engine) == []


def test_a_step_uses_the_given_table_prefix_and_schema(project: Project) -> None:
    project.metadata = MetaData()
    path = migrations.revision_for_host(project.ini, message="quizzes")
    assert path is not None
    body = path.read_text()
    assert 'steps.upgrade("quizkit_0001")' in body
    assert "quizzes" in body

    path.write_text(
        body.replace('"quizkit_0001")', "\"quizkit_0001\", config=TableConfig(prefix='told_'))").replace(
            "import steps\n", "import steps\nfrom quizkit.models import TableConfig\n"
        )
    )
    project.upgrade()

    assert migrations.check(project.engine, config=TableConfig(prefix="told_")) == []


@pytest.mark.parametrize("wrong", [("quizkit_9999", None), ("quizkit_0001", "quizkit_9999")])
def test_a_step_to_an_unknown_revision_is_refused(project: Project, wrong: Any) -> None:
    from quizkit.migrations import steps

    with pytest.raises(UsageError) as refused:
        steps.upgrade(wrong[0], from_=wrong[1])
    assert refused.value.code == "revision_unknown"


def test_a_history_with_two_heads_is_left_unchanged(project: Project) -> None:
    project.metadata = MetaData()
    command.revision(project._config(), "one")
    command.revision(project._config(), "two", head="base", splice=True)

    with pytest.raises(UsageError) as refused:
        migrations.revision_for_host(project.ini)
    assert refused.value.code == "host_history"
    assert len(project.heads()) == 2


def test_a_missing_configuration_and_a_template_without_imports_are_reported(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such Alembic configuration"):
        migrations.revision_for_host(tmp_path / "nowhere.ini")
    template = project.ini.parent / "migrations/script.py.mako"
    template.write_text(TEMPLATE.replace('${imports if imports else ""}', ""))
    with pytest.raises(UsageError, match="no place for imports"):
        migrations.revision_for_host(project.ini)
    assert list((project.ini.parent / "migrations/versions").glob("*.py")) == []


def test_one_query_returns_a_host_row_and_a_quizkit_row(project: Project) -> None:
    _, after, (kit, user, host) = HOSTS["mounted, int users"]()
    after.create_all(project.engine)
    with Session(project.engine) as session, session.begin():
        session.add(host.User(id=user))
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers"), author=user)
        found = session.execute(select(host.User.id, host.Quiz.title).join(host.Quiz.author)).one()
        assert tuple(found) == (user, "Rivers")
        assert quiz.title == "Rivers"


def test_tables_are_migrated_in_the_schema_of_the_metadata(project: Project) -> None:
    if project.database.kind != "postgresql":
        pytest.skip("a schema is a database there, or another file")

    class Base(DeclarativeBase):
        metadata = MetaData(schema="quizzes_of_a_host")

    mounted = mount(Base, prefix="schema_")

    migrations.upgrade(project.engine, config=mounted.config)

    assert inspect(project.engine).has_table("schema_quiz", "quizzes_of_a_host")
    assert migrations.check(project.engine, config=config_of(Base.metadata)) == []
    _take_a_quiz(project, Quizkit(mounted), "ann", None)


def test_autogenerate_leaves_tables_alone_whose_schema_is_the_default_one_by_its_name(project: Project) -> None:
    """The database returns such tables without a schema, so that their foreign keys looked like others."""
    if project.database.kind != "postgresql":
        pytest.skip("a schema is a database there, or another file")
    with project.engine.connect() as connection:
        schema = connection.dialect.default_schema_name

    class Base(DeclarativeBase):
        metadata = MetaData(schema=schema)

    config = mount(Base, prefix="named_").config
    project.metadata = Base.metadata
    assert migrations.revision_for_host(project.ini) is not None
    project.upgrade()
    keys = inspect(project.engine).get_foreign_keys("named_attempt")

    assert "op." not in project.autogenerate().partition("def upgrade")[2].replace("op.f(", "")
    project.upgrade()

    assert inspect(project.engine).get_foreign_keys("named_attempt") == keys
    assert migrations.check(project.engine, config=config) == []
    migrations.ensure_schema_current(project.engine, config=config)


def two_mounts() -> tuple[MetaData, Models[str], Models[int]]:
    class Base(DeclarativeBase): ...

    return Base.metadata, mount(Base, prefix="one_"), mount(Base, prefix="two_", subject=BigId)


def test_two_mounts_on_one_metadata_are_migrated_each_with_its_own_configuration(project: Project) -> None:
    project.metadata, first, second = two_mounts()
    for mounted in (first, second):
        assert migrations.revision_for_host(project.ini, config=mounted.config) is not None
        assert migrations.revision_for_host(project.ini, config=mounted.config) is None
    project.upgrade()

    project.check()
    for mounted, taker in ((first, "ann"), (second, 7)):
        assert migrations.check(project.engine, config=mounted.config) == []
        _take_a_quiz(project, Quizkit(mounted), taker, None)
    project.downgrade("-1")
    assert not inspect(project.engine).has_table("two_quiz")
    assert migrations.check(project.engine, config=first.config) == []


def test_a_step_that_does_not_say_which_of_two_mounts_it_is_for_is_refused(project: Project) -> None:
    project.metadata, first, _ = two_mounts()
    step = migrations.revision_for_host(project.ini)
    assert step is not None
    with pytest.raises(UsageError) as refused:
        project.upgrade()
    assert refused.value.code == "tables_several"
    with pytest.raises(UsageError, match="some steps name none: write prefix=") as refused:
        migrations.revision_for_host(project.ini, config=first.config)
    assert refused.value.code == "host_history"
    step.write_text(step.read_text().replace('"quizkit_0001")', '"quizkit_0001", prefix="three_")'))
    with pytest.raises(UsageError, match="Some steps name a prefix and this call does not: pass the tables, --tables"):
        migrations.revision_for_host(project.ini)
    with pytest.raises(UsageError) as refused:
        project.upgrade()
    assert refused.value.code == "tables_unknown"


def test_a_step_may_be_given_a_configuration(project: Project) -> None:
    project.metadata, first, second = two_mounts()
    migrations.upgrade(project.engine, config=first.config)
    step = migrations.revision_for_host(project.ini)
    assert step is not None
    step.write_text(
        step.read_text()
        .replace('"quizkit_0001")', '"quizkit_0001", config=config)')
        .replace(
            "import steps\n", "import steps\nfrom alembic import context\nconfig = context.config.attributes['two']\n"
        )
    )
    project.attributes = {"two": second.config}
    project.upgrade()

    project.check()
    assert migrations.check(project.engine, config=second.config) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('prefix="four_"', "with the prefix four_.*Prefixes of the mounted tables: one_, two_"),
        ('config=TableConfig(prefix="four_")', "with the prefix four_.*Prefixes of the mounted tables: one_, two_"),
    ],
)
def test_a_step_for_other_tables_than_the_mounted_ones_is_refused(project: Project, given: str, message: str) -> None:
    project.metadata, _, _ = two_mounts()
    step = migrations.revision_for_host(project.ini)
    assert step is not None
    step.write_text(
        step.read_text()
        .replace('"quizkit_0001")', f'"quizkit_0001", {given})')
        .replace("import steps\n", "import steps\nfrom quizkit.models import TableConfig\n")
    )
    with pytest.raises(UsageError, match=message) as refused:
        project.upgrade()

    assert refused.value.code == "tables_unknown"


def test_a_step_that_names_a_prefix_is_refused_if_no_mount_was_imported(project: Project) -> None:
    project.metadata = MetaData()
    step = migrations.revision_for_host(project.ini, config=TableConfig(prefix="exam_"))
    assert step is not None
    with pytest.raises(
        UsageError, match=r"import the module that mounts them there.*no mounted tables at all"
    ) as refused:
        project.upgrade()

    assert refused.value.code == "tables_unknown"


@pytest.mark.parametrize(
    "written",
    [
        'steps.upgrade("quizkit_0001",  # the first (of two)\n        prefix="one_")',
        'steps.upgrade("quizkit_0001", from_=(None), prefix="one_")',
        'steps.upgrade(prefix="one_", to="quizkit_0001")',
        "steps.upgrade('quizkit_0001', prefix='one_',)",
    ],
    ids=["a bracket in a comment", "a bracket in an argument", "only keywords", "other quotes"],
)
def test_a_step_is_found_however_it_is_written(project: Project, written: str) -> None:
    project.metadata, first, _ = two_mounts()
    step = migrations.revision_for_host(project.ini, config=first.config)
    assert step is not None
    step.write_text(step.read_text().replace('steps.upgrade("quizkit_0001", prefix="one_")', written))
    assert written in step.read_text()

    assert migrations.revision_for_host(project.ini, config=first.config) is None


@pytest.mark.parametrize("verb", [steps.upgrade, steps.downgrade])
def test_a_step_with_both_a_prefix_and_a_configuration_is_refused(verb: Any) -> None:
    with pytest.raises(UsageError, match="prefix= or config=") as refused:
        verb("quizkit_0001", prefix="one_", config=TableConfig(prefix="two_"))

    assert refused.value.code == "tables_several"


def test_a_step_whose_prefix_two_sets_of_tables_have_is_refused(project: Project) -> None:
    class Base(DeclarativeBase): ...

    class Other(DeclarativeBase):
        metadata = Base.metadata
        __quizkit__ = TableConfig(prefix="one_", schema="quizzes_of_a_host")

    project.metadata = Base.metadata
    first = mount(Base, prefix="one_")
    mount(Other)
    assert migrations.revision_for_host(project.ini, config=first.config) is not None

    with pytest.raises(UsageError, match="config=") as refused:
        project.upgrade()

    assert refused.value.code == "tables_several"


def rebuild(connection: Connection) -> None:
    """Do what a step does that `render_as_batch=True` wrote: SQLite cannot add a foreign key to a table."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("quizkit_quiz", recreate="always") as batch:
        batch.add_column(Column("course", String(20)))


def test_on_sqlite_a_filled_table_is_rebuilt_with_an_engine_that_is_not_configured(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/host.db"
    of_the_application, of_env_py = create_engine(url), create_engine(url)
    configure_sqlite(of_the_application)
    migrations.upgrade(of_the_application)
    with Session(of_the_application) as session, session.begin():
        QuizFactory.create(session=session)

    with of_the_application.connect() as connection, pytest.raises(IntegrityError):
        rebuild(connection)
    with of_env_py.begin() as connection:
        rebuild(connection)
        assert len(connection.execute(select(Quiz.id)).all()) == 1
    of_the_application.dispose()
    of_env_py.dispose()
