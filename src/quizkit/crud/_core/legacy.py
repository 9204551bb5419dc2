"""Temporary: what rooms use that are not rebuilt yet."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from quizkit.crud._core import changing, creating, paging
from quizkit.crud._core.clock import new_ids
from quizkit.crud._core.context import Work
from quizkit.crud._core.host_columns import host_values as added_by_host
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud._core.verbs import Noun

__all__ = ["Legacy", "added_by_host", "ids"]


def ids(new_id: Any, now: Any) -> Any:
    return new_id or new_ids(now)


class Legacy(Noun[Any]):
    @property
    def _models(self) -> Any:
        return self._context.models

    @property
    def _tenant(self) -> Any:
        return self._context.tenant

    def _statement(self, session: Any, build: Any, extra: Any = ()) -> Any:
        return Work(self._context, session).statement(build, extra)

    def _run(self, session: Any, build: Any, values: Any = None, extra: Any = ()) -> Any:
        return Work(self._context, session).run(build, values, extra)

    def _first(self, session: Any, build: Any, values: Any) -> Any:
        return Work(self._context, session).first(build, values)

    def _many(self, session: Any, build: Any, rows: Any, extra: Any = ()) -> None:
        Work(self._context, session).run_many(build, rows, extra)

    def _make(self, session: Any, model: Any, build: Any, row: Any, extra: Any = (), *, given: bool) -> bool:
        return creating.create(Work(self._context, session), model, build, row, extra, given=given)

    def _make_all(self, session: Any, model: Any, rows: Any) -> bool:
        return creating.create_all(Work(self._context, session), model, rows)

    def _is_made(self, session: Any, model: Any, id_: Any, made_from: Any) -> bool:
        return creating.is_made(Work(self._context, session), model, id_, made_from)

    def _change(self, session: Any, model: Any, old: Any, new: Any, shown: Any, *, at: Any, version: Any) -> Any:
        return changing.change(Work(self._context, session, at), model, old, new, shown, version=version)

    def _savepoint(self, session: Any, build: Any) -> AbstractContextManager[Any]:
        return savepoint(session, self._statement(session, build))

    def _page(self, session: Any, build: Any, made: Any, **more: Any) -> Any:
        return paging.page(Work(self._context, session), build, made, **more)
