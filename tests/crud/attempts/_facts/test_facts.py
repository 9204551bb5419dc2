"""The cached facts of an attempt: whether they still match its row, and how its paper is read from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attempt_facts import FACTS, MINUTE, NOON
from quizkit.crud.attempts._facts.facts import PaperItem


def row(**columns: Any) -> Any:
    return SimpleNamespace(**{"checksum": FACTS.checksum, "on_time_until": FACTS.on_time_until, **columns})


def test_facts_belong_to_the_row_that_they_were_read_from() -> None:
    assert FACTS.is_of(row())


def test_facts_do_not_match_an_attempt_that_was_recreated() -> None:
    assert not FACTS.is_of(row(checksum="b" * 64))


@pytest.mark.parametrize(("moved", "same"), [(MINUTE, True), (-MINUTE, False)], ids=["later", "earlier"])
def test_facts_may_be_older_than_a_deadline_but_not_newer(moved: timedelta, same: bool) -> None:
    """After a rolled back extension, responses are late that the cached facts would accept as timely."""
    assert FACTS.is_of(row(on_time_until=NOON + MINUTE + moved)) is same


def test_facts_without_a_deadline_do_not_match_an_attempt_with_one() -> None:
    endless = replace(FACTS, on_time_until=None)

    assert not endless.is_of(row())
    assert endless.is_of(row(on_time_until=None))


@given(st.builds(PaperItem, st.integers(1, 300), st.uuids().map(str), st.integers(1, 300), st.none() | st.text("0f", min_size=16, max_size=16)))  # fmt: skip
def test_an_item_of_a_paper_is_read_back_unchanged(item: PaperItem) -> None:
    assert PaperItem.read(item.as_json()) == item
