"""Using quizkit's migrations beside, or inside, the Alembic history of a host."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from quizkit.errors import UsageError
from quizkit.migrations._check import Owned
from quizkit.models._config import TableConfig, config_of, configs_of

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

__all__ = ["include_object", "revision_for_host"]

IncludeObject = Callable[[Any, str | None, Any, bool, Any], bool]


def include_object(
    target_metadata: MetaData | Iterable[MetaData] | None = None, also: IncludeObject | None = None
) -> IncludeObject:
    """Return the `include_object` function for your env.py: with it Alembic ignores what quizkit's revisions own.

    It includes everything of yours, even in quizkit's tables: your columns, your indexes, the foreign keys to your
    users.

    Args:
        target_metadata: the `target_metadata` of your env.py, which has the configuration of quizkit's tables.
        also: your own filter; an object is included if both filters include it.
    """
    owned = Owned(*(configs_of(target_metadata) or [config_of(target_metadata)]))

    def included(thing: Any, name: str | None, kind: Any, reflected: bool, compare_to: Any) -> bool:  # noqa: FBT001 - Alembic calls it
        table = thing if kind == "table" else thing.table
        key = owned.key_of(table)
        if kind == "table":
            # Never created or dropped; if the host mounts it, it is compared for additions of the host.
            mine = key in owned.version_tables or (key in owned.columns and compare_to is None)
        else:
            mine = owned.has(key, kind, name)
        return not mine and (also is None or also(thing, name, kind, reflected, compare_to))

    return included


def revision_for_host(
    alembic_ini: str | Path, *, config: TableConfig | None = None, message: str | None = None
) -> Path | None:
    """Add a revision to your own history that runs quizkit's next migration step, on top of its only head.

    Args:
        alembic_ini: your alembic.ini, or a pyproject.toml with `[tool.alembic]`.
        config: `models.config`, if several sets of quizkit's tables are mounted; the step names its prefix.
        message: the message of the revision.

    Returns:
        The generated file; None if your history has all revisions of this release.

    Raises:
        UsageError: `host_history`: the file does not exist, the history has several heads, or only some of its steps
            name a prefix.
    """
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - Alembic loads when a migration runs
    from alembic.util import CommandError, rev_id  # noqa: PLC0415 - as above

    from quizkit.migrations._runner import head  # noqa: PLC0415 - as above

    try:
        script = ScriptDirectory.from_config(_host_config(Path(alembic_ini)))
        prefix = None if config is None else config.prefix
        done, newest = _done(script, prefix), head()
        if done == newest:
            return None
        named = "" if prefix is None else f', prefix="{prefix}"'
        after = f', from_="{done}"' if done else ""
        to = f', to="{done}"' if done else ""
        made: Any = script.generate_revision(
            rev_id(),
            message or f"quizkit tables, {newest}",
            head="head",
            imports="from quizkit.migrations import steps\n",
            upgrades=f'steps.upgrade("{newest}"{after}{named})',
            downgrades=f'steps.downgrade("{newest}"{to}{named})',
        )
    except CommandError as error:
        raise UsageError("host_history", f"Alembic cannot add a revision to your history: {error}") from None
    path = Path(made.path)
    if "import steps" not in path.read_text(encoding="utf-8"):
        path.unlink()
        raise UsageError("host_history", "Your script.py.mako has no place for imports: add ${imports} to it")
    return path


def _host_config(path: Path) -> Any:
    from alembic.config import Config  # noqa: PLC0415 - Alembic loads when a migration runs

    if not path.is_file():
        raise UsageError("host_history", "There is no such Alembic configuration; pass --alembic path/to/alembic.ini")
    return Config(toml_file=str(path)) if path.suffix == ".toml" else Config(str(path))


def _done(script: ScriptDirectory, prefix: str | None) -> str | None:
    """Return the newest quizkit revision in the host's history for the tables of a prefix, None before the first."""
    found = [
        step for revision in script.walk_revisions() for step in _steps(Path(revision.path).read_text(encoding="utf-8"))
    ]
    if any((named is None) != (prefix is None) for _, named in found):
        wrong = (
            "Some steps name a prefix and this call does not: pass the tables, --tables or config="
            if prefix is None
            else 'This call is for the tables of one prefix, and some steps name none: write prefix="…" into their '
            "steps.upgrade and steps.downgrade"
        )
        raise UsageError("host_history", wrong)
    return max((revision for revision, named in found if named == prefix), default=None)


def _steps(source: str) -> Iterator[tuple[str, str | None]]:
    """Yield the revision and the prefix of each `steps.upgrade(...)` in a revision of the host."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("steps.upgrade"):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            to = _text(call.args[0] if call.args else given.get("to"))
            if to is not None:
                yield to, _text(given.get("prefix"))


def _text(value: ast.expr | None) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
