"""Takers never see an id that an author or a file chose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.questions import Matching, MatchingPair, Question, QuestionType, parse
from quizkit.rules.drawing import SeededRandom
from quizkit.testing import questions, responses_for

WITH_IDS = [QuestionType.CHOICE, QuestionType.ORDERING, QuestionType.MATCHING, QuestionType.BLANKS]
TYPES = pytest.mark.parametrize("name", WITH_IDS)
HANDLES = st.from_regex(r"\A[0-9a-z][0-9a-z_-]{0,31}\Z")


def parts_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a question's body whose ids responses may contain."""
    found = [part for field in ("options", "items", "pairs") for part in body.get(field, ())]
    return found + [option for gap in body.get("gaps", ()) for option in gap.get("options", ())]


def renamed(question: Question, names: list[str]) -> Question:
    """Return the question with the ids of another author."""
    body = question.model_dump(mode="json")
    for part, name in zip(parts_of(body), names, strict=True):
        part["id"] = name
    return parse(body)


@st.composite
def twice(draw: st.DrawFn, name: QuestionType) -> tuple[Question, Question]:
    """Return a question, and the same one with other author ids: any, or those of its other parts."""
    question = draw(questions(name))
    known = [str(part["id"]) for part in parts_of(question.model_dump(mode="json"))]
    names = draw(st.permutations(known) | st.lists(HANDLES, min_size=len(known), max_size=len(known), unique=True))
    return question, renamed(question, names)


@TYPES
@given(data=st.data())
def test_takers_see_and_send_the_same_ids_whatever_ids_the_author_uses(name: QuestionType, data: st.DataObject) -> None:
    plain, other = data.draw(twice(name))
    response = data.draw(responses_for(plain))
    seed = data.draw(st.binary(min_size=16, max_size=16))

    for one in (plain, other):
        shown = one.view().permuted(SeededRandom(seed, "x")).model_dump_json()
        assert shown == plain.view().permuted(SeededRandom(seed, "x")).model_dump_json()
    assert other.key() == plain.key()
    assert other.identity() == plain.identity()
    sent_response = other.read(response.model_dump_json())
    assert (other.mark(sent_response), other.right_part(sent_response)) == (
        plain.mark(response),
        plain.right_part(response),
    )
    assert (other.problems(sent_response), other.summarise(sent_response)) == (
        plain.problems(response),
        plain.summarise(response),
    )


@TYPES
@given(data=st.data())
def test_a_guessed_authors_id_is_unknown_like_any_other(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    names = [f"right{n}" for n, _ in enumerate(parts_of(question.model_dump(mode="json")))]
    other = renamed(question, names)

    for guess in (*names, "nothing0"):
        sent_response: Any = {
            "choice": {"selected": [guess]},
            "ordering": {"order": [guess]},
            "matching": {"matches": {guess: guess}},
            "blanks": {"gaps": {"c": guess}},
        }[name]
        found = {(problem.path, problem.code) for problem in other.problems(other.read(sent_response))}
        assert found == {(one.path, one.code) for one in question.problems(question.read(sent_response))}


def test_premises_with_equal_text_and_different_choices_are_refused() -> None:
    pairs = [MatchingPair(premise="a", choice="x"), MatchingPair(premise="a", choice="y")]

    with pytest.raises(ValueError, match="read the same"):
        Matching(content="?", pairs=pairs)
