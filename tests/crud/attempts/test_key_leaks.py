"""S1: keys are random tokens here, and no output for a taker may contain one before it is released."""

from __future__ import annotations

import contextlib
import json
import pickle
import secrets
from typing import Any

import pytest
from pydantic_core import PydanticSerializationError

from conftest import Caller, statements
from quizkit.crud import attempts, questions, quizzes
from quizkit.errors import QuizkitError
from quizkit.questions import (
    AnyView,
    Blanks,
    Choice,
    Essay,
    Matching,
    MatchingPair,
    NumberAnswer,
    Numeric,
    Option,
    Ordering,
    OrderingItem,
    Question,
    ShortAnswer,
    Text,
    TextAnswer,
    TextGap,
    TrueFalse,
)
from quizkit.schemas import AttemptReturn, CheckResponse, Outcome, Paper, QuizCreate, ReviewPolicy, Saved, SaveResponse
from quizkit.vocabulary import Behaviour, ReviewItem, ReviewMoment


def canary(found: list[str]) -> str:
    token = f"canary{secrets.token_hex(8)}"
    found.append(token)
    return token


def every_question(tokens: list[str]) -> list[Question]:
    """Every text that an author may write and a taker must not see is a token."""

    def secret() -> Text:
        return Text(text=canary(tokens))

    number = str(secrets.randbelow(10**12) + 10**12)
    tokens.append(number)
    hidden: dict[str, Any] = {"general_feedback": secret(), "title": canary(tokens), "tags": [canary(tokens)]}
    hidden["hints"] = [{"content": {"text": canary(tokens)}}]
    return [
        TrueFalse(content="1", answer=True, feedback_true=secret(), feedback_false=secret(), **hidden),
        Choice(
            content="2", options=[Option(content="a", correct=True, feedback=secret()), Option(content="b")], **hidden
        ),
        ShortAnswer(content="3", answers=[TextAnswer(text=canary(tokens), feedback=secret())], **hidden),
        Numeric(content="4", answers=[NumberAnswer(value=number, feedback=secret())], **hidden),
        Matching(
            content="5", pairs=[MatchingPair(premise="a", choice="x"), MatchingPair(premise="b", choice="y")], **hidden
        ),
        Ordering(content="6", items=[OrderingItem(content="a"), OrderingItem(content="b")], **hidden),
        Blanks(content="[[g]]", gaps=[TextGap(id="g", answers=[TextAnswer(text=canary(tokens))])], **hidden),
        Essay(content="8", grader_notes=secret(), **hidden),
    ]


def everything_in(value: Any) -> str:
    """Every representation of a value."""
    shown = [repr(value), str(value), pickle.dumps(value).decode("latin-1")]
    if hasattr(value, "model_dump_json"):
        shown += [
            value.model_dump_json(),
            repr(value.model_dump()),
            repr(vars(value)),
        ]
        # Pydantic 2.9 mistakes a repeated value for a cycle.
        with contextlib.suppress(PydanticSerializationError):
            shown.append(value.model_dump_json(serialize_as_any=True))
    if isinstance(value, QuizkitError):
        shown.append(json.dumps(value.problem()))
    return "\n".join(shown)


def assert_silent(tokens: list[str], *values: Any) -> None:
    for value in values:
        shown = everything_in(value)
        assert not [token for token in tokens if token in shown], type(value).__name__


def test_no_output_for_a_taker_contains_a_key_while_attempts_are_left(call: Caller) -> None:
    tokens: list[str] = []
    asked = every_question(tokens)
    quiz = call(quizzes.create, QuizCreate(title="Secrets", questions=asked, max_attempts=2))
    call(quizzes.publish, quiz.id)

    paper = call(attempts.start, quiz.id, taker="ann")
    saved = call(attempts.save, paper.attempt_id, SaveResponse(slot=3, sequence=1, response={"text": "x"}), taker="ann")
    shown = [
        paper,
        saved,
        call(attempts.paper, paper.attempt_id, taker="ann"),
        call(attempts.paper_json, paper.attempt_id, taker="ann").decode(),
        call(attempts.get, paper.attempt_id, taker="ann"),
        call(attempts.page, taker="ann"),
    ]
    assert_silent(tokens, *shown)
    key_tokens = [token for token in tokens if not _is_feedback(asked, token)]
    assert len(key_tokens) >= 3
    assert_silent(key_tokens, call(attempts.submit, paper.attempt_id, taker="ann"))


def test_no_output_of_a_check_contains_a_key_while_tries_are_left(call: Caller) -> None:
    tokens: list[str] = []
    asked = every_question(tokens)
    every: dict[str, Any] = {item.value: list(ReviewMoment) for item in ReviewItem}  # the policy shows everything
    quiz = call(
        quizzes.create,
        QuizCreate(title="Secrets", questions=asked, behaviour=Behaviour.INTERACTIVE, review=ReviewPolicy(**every)),
    )
    call(quizzes.publish, quiz.id)
    paper = call(attempts.start, quiz.id, taker="ann")
    ids = {"taker": "ann"}
    blank = CheckResponse(slot=3, sequence=1, number=1, response={"text": ""})

    assert_silent(
        tokens,
        call(attempts.explain_access, quiz.id, **ids),
        call(attempts.check, paper.attempt_id, blank, **ids),
        call(attempts.review, paper.attempt_id, **ids),
        call(attempts.visit, paper.attempt_id, slot=2, **ids),
        call(attempts.get, paper.attempt_id, **ids),
        call(attempts.page, **ids, quiz_id=quiz.id),
    )
    wrong = CheckResponse(slot=3, sequence=2, number=1, response={"text": "wrong"})
    checked = call(attempts.check, paper.attempt_id, wrong, **ids)
    hint = str(checked.question.hint)
    assert hint in tokens  # only the hint
    assert_silent([token for token in tokens if token != hint], checked, call(attempts.review, paper.attempt_id, **ids))
    again = call(attempts.try_again, paper.attempt_id, slot=3, **ids)
    assert_silent(tokens, again, call(attempts.review, paper.attempt_id, **ids))


def _is_feedback(asked: list[Question], token: str) -> bool:
    return any(question.general_feedback and token in question.general_feedback.text for question in asked)


def test_no_error_repeats_the_input_of_a_taker_or_author(call: Caller) -> None:
    tokens: list[str] = []
    quiz = call(quizzes.create, QuizCreate(title="Secrets", questions=every_question(tokens)))
    call(quizzes.publish, quiz.id)
    paper = call(attempts.start, quiz.id, taker="ann")
    mine = canary(tokens)
    refusals = 0

    sent: list[tuple[int, Any]] = [
        (1, {"answer": mine}),
        (2, {"selected": [mine]}),
        (2, {mine: 1}),
        (3, {"text": f"{mine}\0"}),
        (4, {"text": mine}),
        (5, {"matches": {mine: "x"}}),
        (6, {"order": [mine, mine]}),
        (7, {"gaps": {"nowhere": mine}}),
        (8, mine),
    ]
    for slot, response in sent:
        data = SaveResponse(slot=slot, sequence=1, response=response)
        try:
            saved = call(attempts.save, paper.attempt_id, data, taker="ann")
        except QuizkitError as error:
            refusals += 1
            assert_silent(tokens, error)
        else:  # stored as typed; its problems do not repeat it
            assert_silent(tokens, *saved.problems)
    assert refusals


def test_the_logs_of_a_whole_attempt_contain_no_response_and_no_key(
    call: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    tokens: list[str] = []
    quiz = call(quizzes.create, QuizCreate(title="Secrets", questions=every_question(tokens)))
    call(quizzes.publish, quiz.id)
    with caplog.at_level("DEBUG", logger="quizkit"):
        paper = call(attempts.start, quiz.id, taker="ann")
        call(attempts.save, paper.attempt_id, SaveResponse(slot=3, sequence=1, response={"text": "x"}), taker="ann")
        call(attempts.submit, paper.attempt_id, taker="ann")

    assert [record for record in caplog.records if record.name.startswith("quizkit")] == []


def test_schemas_for_takers_have_no_key_field_and_no_author_base_class() -> None:
    from quizkit import schemas
    from quizkit.questions import registered

    authors: set[type] = {
        schemas.QuizCreate, schemas.QuizUpdate, schemas.QuizReturn, schemas.QuestionReturn, schemas.QuizOutline,
    }  # fmt: skip
    takers: set[type] = {
        Paper,
        schemas.PaperQuestion,
        schemas.PaperSection,
        schemas.PaperNotice,
        schemas.SectionResult,
        Saved,
        SaveResponse,
        AttemptReturn,
        Outcome,
        schemas.ReviewedQuestion,
        schemas.ReviewedTry,
        schemas.Review,
        schemas.Checked,
        schemas.CheckResponse,
        schemas.AccessReport,
        schemas.TakerGrade,
    }
    for taker in takers:
        assert not set(taker.__mro__) & authors
    for author in authors:
        assert not set(author.__mro__) & takers
    for question_type in registered().values():
        assert not issubclass(question_type.view_type, Question)
    text = json.dumps(Paper.model_json_schema())
    for word in (
        '"correct"',
        '"weight"',
        '"answers"',
        '"feedback"',
        '"grader_notes"',
        '"pairs"',
        '"scheme"',
        '"hints"',
    ):
        assert word not in text
    assert AnyView is not None


def test_the_statements_for_a_paper_do_not_depend_on_the_key(call: Caller) -> None:
    seen = []
    quiz = call(quizzes.create, QuizCreate(title="Twins"))

    def asked(correct: int) -> Choice:
        return Choice(content="?", options=[Option(content=str(n), correct=n == correct) for n in range(3)])

    (question,) = call(questions.add, [asked(0)], quiz_id=quiz.id)
    for correct in (0, 1):
        call(questions.revise, question.id, asked(correct))
        call(quizzes.publish, quiz.id)
        with statements(call.sync_engine) as sent:
            paper = call(attempts.start, quiz.id, taker=f"ann {correct}", seed=b"7" * 16)
        seen.append(([q.view.model_dump_json() for q in paper.questions], len(sent[0])))

    assert seen[0] == seen[1]
