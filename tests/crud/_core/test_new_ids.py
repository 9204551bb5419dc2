"""Who makes the ids of new rows: the caller, if the caller gives `new_id`."""

from __future__ import annotations

import inspect
import uuid
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from quizkit.crud import Quizkit
from quizkit.crud._core import context
from quizkit.models import models
from ready import Ready
from test_idempotency import NAMES, new_id


@pytest.mark.parametrize("name", NAMES)
def test_every_new_id_comes_from_the_caller_of_a_verb_and_no_other_verb_makes_any(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made = []

    def given() -> uuid.UUID:
        made.append(new_id())
        return made[-1]

    def nobodys(_now: Any) -> Any:
        raise AssertionError("an id that the caller could not give")

    with Session(engine) as session:
        ready = Ready(session, name)
        verb, args, named = ready.calls(Quizkit(models))[name]
        takes = "new_id" in inspect.signature(verb).parameters
        monkeypatch.setattr(context, "new_ids", nobodys)
        verb(session, *args, **named, **({"new_id": given} if takes else {}))
        session.rollback()

    assert bool(made) is takes
