"""The stored data of an attempt is bounded, and so are the caches of a process: by bytes, not by number."""

from __future__ import annotations

import gc
import json
import tracemalloc
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Caller
from quizkit.crud import Quizkit, attempts
from quizkit.crud._core.cache import Cache, weight_of
from quizkit.crud.attempts._facts.facts import AttemptFacts, PaperItem
from quizkit.crud.attempts._facts.load import FACTS
from quizkit.crud.attempts._paper import load
from quizkit.errors import Refused
from quizkit.models import models
from quizkit.questions import (
    Blanks,
    Choice,
    Essay,
    Option,
    Question,
    ShortAnswer,
    TextAnswer,
    TextGap,
    TrueFalse,
    parse_stored,
    parse_view,
)
from quizkit.rules import behaviours
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.behaviours import TryPolicy
from quizkit.vocabulary import AttemptPurpose, Behaviour, GradingMethod, TryState
from taking import NOON, answer, check, published, river, start_attempt, yes

CHECKED = [Behaviour.IMMEDIATE, Behaviour.IMMEDIATE_CBM, Behaviour.INTERACTIVE, Behaviour.ADAPTIVE, Behaviour.ADAPTIVE_NO_PENALTY]  # fmt: skip


def checked(call: Caller, paper: Any, number: int, **response: Any) -> Any:
    return call(attempts.check, paper.attempt_id, check(1, number, **response), taker="ann", now=NOON)


# ---------------------------------------------------------------------------------------------- checks


@pytest.mark.parametrize("behaviour", CHECKED)
def test_a_check_of_an_essay_ends_it_under_every_behaviour(call: Caller, behaviour: Behaviour) -> None:
    paper = start_attempt(call, published(call, Essay(content="Why?"), behaviour=behaviour))

    first = checked(call, paper, 1, text="x" * 100_000)

    assert (first.counted, first.question.progress, first.question.tries_left) == (True, TryState.NEEDS_GRADING, 0)
    with pytest.raises(Refused) as refused:
        checked(call, paper, 2, text="y" * 100_000)
    assert refused.value.code == "question_finished"
    (reviewed,) = call(attempts.review, paper.attempt_id, taker="ann", now=NOON).questions
    assert len(reviewed.tries) == 1


@pytest.mark.parametrize("behaviour", list(Behaviour))
def test_the_number_of_checks_of_a_question_is_bounded(behaviour: Behaviour) -> None:
    assert 0 <= TryPolicy(behaviour, hints=10).most_checks <= 100


def test_an_adaptive_question_accepts_saves_after_its_last_check(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(behaviours, "MAX_CHECKS", 3)
    paper = start_attempt(call, published(call, river(), behaviour=Behaviour.ADAPTIVE_NO_PENALTY))
    lefts = [
        checked(call, paper, number, text=text).question.tries_left
        for number, text in enumerate(("Rhine", "Elbe", "Ob"), 1)
    ]

    with pytest.raises(Refused) as refused:
        checked(call, paper, 4, text="Danube")

    assert lefts == [2, 1, 0]
    assert (refused.value.code, refused.value.params) == ("checks_used", {"most": 3})
    call(attempts.save, paper.attempt_id, answer(1, 5, text="Danube"), taker="ann", now=NOON)
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).score == 1


def test_the_stored_tries_of_a_question_are_bounded_in_length(call: Caller) -> None:
    names = [str(number) for number in range(100)]
    gaps = [TextGap(id=name, answers=[TextAnswer(text="x")]) for name in names]
    long = Blanks(content=" ".join(f"[[{name}]]" for name in names), gaps=gaps)
    paper = start_attempt(call, published(call, long, behaviour=Behaviour.ADAPTIVE))

    first = checked(call, paper, 1, gaps=dict.fromkeys(names, "y" * 999))
    with pytest.raises(Refused) as refused:
        checked(call, paper, 2, gaps=dict.fromkeys(names, "z" * 999))

    assert first.counted
    assert refused.value.code == "checks_used"
    assert checked(call, paper, 2, gaps=dict.fromkeys(names, "x")).counted


# ---------------------------------------------------------------------------------------------- caches


@given(
    most=st.integers(0, 50),
    puts=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60), st.sampled_from(["put", "get", "drop"]))),
)
def test_a_cache_evicts_the_least_recently_used_entries(most: int, puts: list[Any]) -> None:
    cache: Cache[str, int] = Cache(most)
    known: dict[str, int] = {}  # the most recently used at the end
    for key, weight, what in puts:
        if what == "put":
            assert cache.put(key, weight, weight) == weight
            known.pop(key, None)
            if weight <= most:
                known[key] = weight
            while sum(known.values()) > most:
                del known[next(iter(known))]
        elif what == "get":
            found = cache.get(key)
            assert found == known.get(key)
            if key in known:
                known[key] = known.pop(key)
        else:
            cache.drop(key)
            known.pop(key, None)
        assert cache.held == sum(known.values()) <= most


MANY = [str(number) for number in range(100)]
QUESTIONS = {
    "short": TrueFalse(content="The Rhine is a river.", answer=True),
    "options": Choice(content="Which?", options=[Option(content=f"Option {n}", correct=n == "0") for n in MANY]),
    "answers": ShortAnswer(content="Which?", answers=[TextAnswer(text=f"answer {n}") for n in MANY]),
    "long": Essay(content="x" * 20_000, template="\u00e9" * 100_000),
    "gaps": Blanks(
        content=" ".join(f"[[{n}]]" for n in MANY), gaps=[TextGap(id=n, answers=[TextAnswer(text="x")]) for n in MANY]
    ),
}


def bytes_of(make: Callable[[], Any]) -> float:
    """Return the memory of one object, measured with twenty."""
    make()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = [make() for _ in range(20)]
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(kept)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_weight_of_a_question_approximates_its_memory(question: Question) -> None:
    body, view = (json.dumps(one.model_dump(mode="json")) for one in (question, question.view()))

    for text, read in ((body, parse_stored), (view, parse_view)):

        def make(text: str = text, read: Any = read) -> Any:
            return read(json.loads(text))

        # Text that is not ASCII weighs three times as much, encoded or not.
        assert 1 / 2 < weight_of(json.loads(text)) / bytes_of(make) < 3


@pytest.mark.parametrize("length", [1, 50, 500])
def test_the_weight_of_an_attempt_approximates_its_memory(length: int) -> None:
    row = json.dumps([[n + 1, str(uuid.uuid4()), n // 10 + 300] for n in range(length)])
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    policy = AttemptPolicy(Behaviour.DEFERRED, Fraction(1, 3), GradingMethod.HIGHEST, 2, None, None, 3, Fraction(0))

    def make() -> AttemptFacts:
        paper = tuple(PaperItem.read(one) for one in json.loads(row))
        ids = [uuid.uuid4() for _ in range(4)]
        return AttemptFacts(
            ids[0], "ann", ids[1], ids[2], ids[3], "x" * 64, "Rivers", None, 1, AttemptPurpose.REAL, bytes(16),
            "x" * 64, 1, paper,
            policy, noon, None, None, None, None, Decimal(length),
        )  # fmt: skip

    assert 1 / 2 < make().weight / bytes_of(make) < 2 or make().weight < 5_000


def test_everything_works_without_a_cache(call: Caller) -> None:
    forgetful = Quizkit(models).attempts
    kinds: list[Any] = [FACTS, load.CONTENT, load.KEYS, load.DRAWN, load.DRAWN_KEYS]
    small: dict[Any, Cache[Any, Any]] = {kind: Cache(0) for kind in kinds}
    forgetful._context.caches._of.update(small)
    paper = start_attempt(call, published(call, yes()))

    call(forgetful.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)

    assert call(forgetful.submit, paper.attempt_id, taker="ann", now=NOON).score == 1
    assert [cache.held for cache in small.values()] == [0] * 5
