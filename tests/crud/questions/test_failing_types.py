"""Any method of a host's question type may fail: attempts continue, marks become manual, the log names the place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import pytest
from sqlalchemy import select, update

from conftest import Caller
from quizkit.crud import attempts, previews, questions, quizzes
from quizkit.errors import Invalid, Problem, UsageError
from quizkit.models import QuestionRevision, QuizRevision, Section, Slot
from quizkit.questions import (
    Blanks,
    BlanksResponse,
    BlanksView,
    Grade,
    Hint,
    Question,
    Response,
    ResponseClass,
    RightPart,
    Text,
    TextAnswer,
    TextGap,
    Trace,
    TrueFalse,
    TrueFalseView,
    Verdict,
    View,
    register,
)
from quizkit.questions._registry import _types
from quizkit.schemas import QuizCreate, SectionOutline
from quizkit.vocabulary import Behaviour, GradeState
from taking import MINUTE, NOON, SECOND, answer, arranged, bank_of, check, published, slots_for, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")

SECRET = "what was typed"


def fail(*_: Any) -> Any:
    raise RuntimeError(SECRET)


def gaps() -> Blanks:
    """Two gaps with hints of every kind, so that every method is called."""
    made = [TextGap(id=name, answers=[TextAnswer(text=word)]) for name, word in (("1", "one"), ("2", "two"))]
    hints = [Hint(content="Look.", clear_wrong=True, show_right_parts=True)]
    return Blanks(content="[[1]] [[2]]", gaps=made, hints=hints)


EVERYTHING = {
    item: ["during", "right_after", "later", "after_close"]
    for item in ("response", "correctness", "marks", "specific_feedback", "general_feedback", "right_answer")
}

# If a method of marking fails, marking is manual; if another method fails, marks do not change.
METHODS = {
    "_mark": "person",
    "_parts": "person",
    "_faults": "person",
    "_canonical": "marked",
    "_is_complete": "marked",
    "_classes": "marked",
    "_right_part": "marked",
    "summarise": "marked",
    "key": "marked",
}


@pytest.mark.one_database
@pytest.mark.parametrize(("method", "who"), METHODS.items())
@pytest.mark.parametrize("behaviour", [Behaviour.INTERACTIVE, Behaviour.ADAPTIVE, Behaviour.DEFERRED])
def test_a_taker_can_save_check_submit_and_review_whatever_method_of_a_type_fails(
    call: Caller, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour, method: str, who: str
) -> None:
    paper = start_attempt(call, published(call, gaps(), yes(2), behaviour=behaviour, review=EVERYTHING))
    monkeypatch.setattr(Blanks, method, fail)
    at = {"taker": "ann", "now": NOON + SECOND}
    right = {"gaps": {"1": "one", "2": "two"}}

    call(attempts.save, paper.attempt_id, answer(1, 1, gaps={"1": "one", "2": "no"}), **at)
    if behaviour is not Behaviour.DEFERRED:
        call(attempts.check, paper.attempt_id, check(1, 1, sequence=2, gaps={"1": "one", "2": "no"}), **at)
        call(attempts.try_again, paper.attempt_id, slot=1, **at)
    call(attempts.save, paper.attempt_id, answer(2, 1, answer=True), **at)
    call(attempts.review, paper.attempt_id, **at)
    if behaviour is Behaviour.DEFERRED or (who == "marked" and behaviour is Behaviour.ADAPTIVE):
        call(attempts.save, paper.attempt_id, answer(1, 9, **right), **at)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)
    call(attempts.result, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    mine = outcome.questions[0]
    # Parts matter only under behaviours with checks.
    if who == "person" and not (method == "_parts" and behaviour is Behaviour.DEFERRED):
        assert (mine.state, mine.points, outcome.needs_grading) == (GradeState.NEEDS_GRADING, None, True)
    else:
        assert mine.state in {GradeState.RIGHT, GradeState.PARTLY}
        assert mine.points is not None
        assert not outcome.needs_grading
    assert outcome.questions[1].points == 1


@pytest.mark.parametrize(("what", "method"), [(BlanksResponse, "is_blank"), (BlanksView, "permuted")])
@pytest.mark.parametrize("behaviour", [Behaviour.ADAPTIVE, Behaviour.DEFERRED])
def test_methods_of_responses_and_views_may_fail(
    call: Caller, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour, what: Any, method: str
) -> None:
    asked = slots_for(bank_of(call, gaps(), yes(2))[1])
    asked[1] = asked[1].model_copy(update={"requires_previous": True})
    quiz_id = arranged(call, SectionOutline(slots=asked), behaviour=behaviour, review=EVERYTHING)
    monkeypatch.setattr(what, method, fail)
    paper = start_attempt(call, quiz_id)
    at = {"taker": "ann", "now": NOON + SECOND}

    for sequence in (1, 2):
        call(attempts.save, paper.attempt_id, answer(1, sequence, gaps={"1": "one", "2": "two"}), **at)
    call(attempts.save, paper.attempt_id, answer(2, 1, answer=True), **at)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert outcome.questions[1].points == 1
    assert outcome.needs_grading == (method == "is_blank")


def test_a_response_that_cannot_be_written_is_refused_by_name(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = start_attempt(call, published(call, gaps(), yes(2)))
    monkeypatch.setattr(BlanksResponse, "model_dump", fail)

    with pytest.raises(Invalid) as refused:
        call(attempts.save, paper.attempt_id, answer(1, 1, gaps={"1": "one"}), taker="ann", now=NOON + SECOND)

    assert (refused.value.code, SECRET in str(refused.value)) == ("response_invalid", False)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)


RETURNED: dict[str, Callable[..., Any]] = {
    "no verdict": lambda *_: None,
    "a float": lambda *_: Verdict(0.5, Trace("x")),  # type: ignore[arg-type] # what a careless type returns
    "out of all bounds": lambda *_: Verdict(Fraction(10**30), Trace("x")),
    "feedback that is no text": lambda *_: Verdict(Fraction(1), Trace("x"), ("well done",)),  # type: ignore[arg-type] # as a careless type does
}


@pytest.mark.parametrize("what", RETURNED)
def test_an_invalid_mark_needs_manual_grading(call: Caller, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    paper = start_attempt(call, published(call, yes(), behaviour=Behaviour.IMMEDIATE))
    monkeypatch.setattr(TrueFalse, "_mark", RETURNED[what])

    call(attempts.check, paper.attempt_id, check(1, 1, answer=True), taker="ann", now=NOON + SECOND)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert (outcome.needs_grading, outcome.questions[0].points) == (True, None)


@pytest.mark.parametrize(
    ("method", "returned"),
    [
        ("_mark", Verdict(Fraction(1), Trace("x", {"at": object(), "nul": "\0"}))),
        ("_classes", [ResponseClass("", "nul\0", None)]),
        ("_classes", [ResponseClass("", "\ud800", None)]),
        ("_classes", [ResponseClass("", 7, None)]),  # type: ignore[arg-type] # as a careless type does
        ("_mark", Verdict(Fraction(10**60 + 1, 3 * 10**60 + 1), Trace("x"))),
        ("summarise", 7),
        ("key", 7),
    ],
)
def test_values_that_cannot_be_stored_are_dropped(
    call: Caller, monkeypatch: pytest.MonkeyPatch, method: str, returned: Any
) -> None:
    paper = start_attempt(call, published(call, yes(), behaviour=Behaviour.ADAPTIVE, review=EVERYTHING))
    monkeypatch.setattr(TrueFalse, method, lambda *_: returned)

    results = call(attempts.check, paper.attempt_id, check(1, 1, answer=True), taker="ann", now=NOON + SECOND)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert results.counted
    assert not outcome.needs_grading


class Unlike:
    """Is not even equal to itself."""

    __hash__ = None  # type: ignore[assignment] # it has none

    def __eq__(self, other: object) -> bool:
        raise RuntimeError(SECRET)


ONE = BlanksResponse(gaps={"1": "one"})
NONSENSE: list[tuple[str, Any]] = [
    ("_mark", Verdict(Fraction(1), Trace("x", {"\ud800": 1}))),
    ("_mark", Verdict(Fraction(1), Trace("x"), (Text.model_construct(text="\ud800", media=()),))),
    ("mark", Grade(Fraction(1), GradeState.RIGHT, None, Trace("x"))),  # type: ignore[arg-type] # as a careless type does
    ("mark", Grade(Fraction(1), GradeState.RIGHT, "m" * 300, Trace("x"))),
    ("mark", Grade(Fraction(1), "nonsense", "m", Trace("x"))),  # type: ignore[arg-type] # as above
    ("_faults", [Problem("text", "lone", "\ud800")]),
    ("_canonical", Unlike()),
    ("_canonical", float("nan")),
    ("summarise", "\ud800"),
    ("summarise", "nul\0"),
    ("_parts", {"\ud800": Fraction(1)}),
    ("_parts", {"nul\0": Fraction(1)}),
    ("_right_part", RightPart(ONE, "three")),  # type: ignore[arg-type] # as above
    ("_right_part", RightPart(ONE, 1, "yes")),  # type: ignore[arg-type] # as above
    ("_right_part", RightPart({"gaps": {}}, 1)),  # type: ignore[arg-type] # as above
    ("_right_part", RightPart(BlanksResponse.model_construct(gaps={"1": "\ud800"}), 1)),
    ("key", BlanksResponse.model_construct(gaps={"1": "\ud800"})),
    ("read", {"gaps": {"1": "one"}}),
]


@pytest.mark.one_database
@pytest.mark.parametrize(("method", "returned"), NONSENSE, ids=[f"{n}{m}" for n, (m, _) in enumerate(NONSENSE)])
def test_invalid_output_of_a_type_is_neither_stored_nor_sent(
    call: Caller, monkeypatch: pytest.MonkeyPatch, method: str, returned: Any
) -> None:
    """Whatever a type returns, the output of verbs can be written as JSON, and a review works to the end."""
    paper = start_attempt(call, published(call, gaps(), yes(2), behaviour=Behaviour.INTERACTIVE, review=EVERYTHING))
    monkeypatch.setattr(Blanks, method, lambda *_: returned)
    at = {"taker": "ann", "now": NOON + SECOND}
    half = {"gaps": {"1": "one", "2": "no"}}

    results = [
        call(attempts.save, paper.attempt_id, answer(1, 1, **half), **at),
        call(attempts.check, paper.attempt_id, check(1, 1, sequence=2, **half), **at),
        call(attempts.check, paper.attempt_id, check(1, 1, sequence=2, **half), **at),
        call(attempts.try_again, paper.attempt_id, slot=1, **at),
        call(attempts.save, paper.attempt_id, answer(2, 1, answer=True), **at),
        call(attempts.paper, paper.attempt_id, **at),
        call(attempts.review, paper.attempt_id, **at),
        call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE),
        call(attempts.result, paper.attempt_id, taker="ann", now=NOON + MINUTE),
    ]

    assert all(one.model_dump_json() for one in results)
    assert results[-1].questions[1].points == 1


def test_a_view_whose_shuffling_fails_is_shown_unshuffled(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz_id = published(call, gaps())
    monkeypatch.setattr(BlanksView, "permuted", lambda *_: None)

    assert len(start_attempt(call, quiz_id).questions[0].view.gaps) == 2


class WordsResponse(Response):
    """Has no bounds, as a careless type."""

    type: Literal["words"] = "words"
    word: str = ""
    size: float = 0.0


class WordsView(View):
    type: Literal["words"] = "words"


class Words(Question):
    """A question type of a host whose fields accept anything."""

    response_type = WordsResponse
    view_type = WordsView
    type: Literal["words"] = "words"
    note: str = ""

    def view(self) -> WordsView:
        return WordsView(content=self.content)

    def key(self) -> WordsResponse:
        return WordsResponse(word="a")

    def _mark(self, response: WordsResponse) -> Verdict:
        return Verdict(Fraction(response.word == "a"), Trace("x", {"word": response.word}))

    def summarise(self, response: WordsResponse) -> str:
        return response.word

    def _samples(self) -> Any:
        yield WordsResponse(word="a")


@pytest.fixture
def words() -> Any:
    register(Words)
    yield Words
    _types.pop("words", None)


UNSTORABLE: list[dict[str, Any]] = [
    {"word": "\ud800"},
    {"word": "nul\0"},
    {"size": float("nan")},
    {"size": float("inf")},
    {"word": "x" * 2_000_001},
]


@pytest.mark.parametrize("response", UNSTORABLE, ids=range(len(UNSTORABLE)))
def test_a_response_that_no_database_can_store_is_refused_even_if_its_class_accepts_it(
    call: Caller, words: Any, response: dict[str, Any]
) -> None:
    paper = start_attempt(call, published(call, words(content="Words?"), yes(2)))

    with pytest.raises(Invalid) as refused:
        call(attempts.save, paper.attempt_id, answer(1, 1, **response), taker="ann", now=NOON + SECOND)
    outcome = call(
        attempts.submit,
        paper.attempt_id,
        responses=[answer(1, 1, **response), answer(2, 1, answer=True)],
        taker="ann",
        now=NOON + MINUTE,
    )

    assert refused.value.code == "response_invalid"
    assert [one.code for one in outcome.sent] == ["response_invalid", None]
    assert outcome.score == 1
    assert outcome.model_dump_json()


def test_a_typed_backslash_is_not_a_nul(call: Caller, words: Any) -> None:
    paper = start_attempt(call, published(call, words(content="Words?"), review=EVERYTHING))
    typed: dict[str, Any] = {"word": "\\u0000", "size": 0.0}
    call(attempts.save, paper.attempt_id, answer(1, 1, **typed), taker="ann", now=NOON + SECOND)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert outcome.questions[0].response == WordsResponse(**typed)
    assert outcome.questions[0].trace["rule"] == "x"


@pytest.mark.parametrize("note", ["\ud800", "nul\0"])
def test_a_question_that_no_database_can_store_is_refused_even_if_its_class_accepts_it(
    call: Caller, words: Any, note: str
) -> None:
    with pytest.raises(Invalid) as refused:
        call(quizzes.create, QuizCreate(title="Words", questions=[words(content="Words?", note=note)]))

    assert (refused.value.code, note in str(refused.value)) == ("question_invalid", False)


def test_the_log_names_the_place_and_repeats_no_input(
    call: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    paper = start_attempt(call, published(call, gaps()))
    monkeypatch.setattr(Blanks, "_mark", fail)

    with caplog.at_level(logging.ERROR, logger="quizkit"):
        call(attempts.save, paper.attempt_id, answer(1, 1, gaps={"1": SECRET}), taker="ann", now=NOON + SECOND)

    results = [record.getMessage() for record in caplog.records if record.name == "quizkit.questions"]
    assert results
    assert all("type=blanks method=mark revision=" in line and "error=RuntimeError" in line for line in results)
    assert SECRET not in caplog.text


NO_VIEWS: dict[str, Any] = {
    "of no class": {"type": "true_false", "content": "?"},
    "of another class": View(type="true_false", content=Text(text="?")),
    "of another type": BlanksView(content=Text(text="?"), gaps=()),
    "without a prompt": TrueFalseView.model_construct(),
    "with what is no prompt": TrueFalseView.model_construct(content=7),
    "of a type that is not there": TrueFalseView.model_construct(type="gone", content=Text(text="?")),
}


@pytest.mark.parametrize("what", NO_VIEWS)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_authors_cannot_store_a_question_with_an_invalid_view(
    call: Caller, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    _, (there,) = bank_of(call, yes())
    monkeypatch.setattr(TrueFalse, "view", lambda *_: NO_VIEWS[what])
    monkeypatch.setattr(TrueFalse, "identity", lambda *_: "same")

    for add in (
        lambda: call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()])),
        lambda: bank_of(call, yes()),
        lambda: call(questions.revise, there, yes(2)),
    ):
        with pytest.raises(UsageError) as refused:
            add()
        assert refused.value.code == "type_failed"


@pytest.mark.parametrize(
    ("method", "returned"),
    [
        ("identity", 7),
        ("identity", ""),
        ("identity", "x" * 65),
        ("identity", "\ud800"),
        ("model_dump", [1]),
        ("model_dump", {}),
        ("model_dump", {"type": "blanks"}),
    ],
)
def test_authors_cannot_store_a_question_with_unstorable_values(
    call: Caller, monkeypatch: pytest.MonkeyPatch, method: str, returned: Any
) -> None:
    monkeypatch.setattr(TrueFalse, method, lambda *_, **__: returned)

    with pytest.raises(UsageError) as refused:
        call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))

    assert refused.value.code == "type_failed"


STORED: list[Any] = [
    {},
    {"type": "true_false"},
    {"type": "true_false", "content": 7, "language": 7},
    {"type": "blanks", "content": {"text": "?"}},
    {"type": "gone"},
    {"type": 7, "content": {"text": "?"}},
    ["true_false"],
    "true_false",
]


@pytest.mark.one_database
@pytest.mark.parametrize("stored", STORED, ids=range(len(STORED)))
def test_an_invalid_stored_view_does_not_affect_other_questions(call: Caller, stored: Any) -> None:
    quiz_id = published(call, yes(1), yes(2), review=EVERYTHING)
    # As stored by a release that accepted any view.
    spoilt = (
        select(QuestionRevision.id)
        .join(Slot, Slot.question_id == QuestionRevision.question_id)
        .join(Section, Section.id == Slot.section_id)
        .join(QuizRevision, QuizRevision.id == Section.quiz_revision_id)
        .where(QuizRevision.quiz_id == quiz_id, Slot.position == 1)
    )
    first = call.within(lambda session: session.execute(spoilt).scalars().first())
    call.within(
        lambda session: session.execute(
            update(QuestionRevision).where(QuestionRevision.id == first).values(view=stored)
        )
    )

    paper = start_attempt(call, quiz_id)
    preview = call(previews.start, quiz_id, actor="bob", now=NOON)
    outcome = call(
        attempts.submit, paper.attempt_id, responses=[answer(2, 1, answer=True)], taker="ann", now=NOON + MINUTE
    )

    assert [type(one.view).__name__ for one in paper.questions] == ["View", "TrueFalseView"]
    assert paper.model_dump_json()
    assert preview.model_dump_json()
    assert outcome.model_dump_json()
    assert outcome.questions[1].points == 1


def test_an_attempt_with_a_question_that_is_read_as_none_can_be_viewed_and_finished(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz_id = published(call, yes(1), yes(2, source_id="2"))
    monkeypatch.setattr(TrueFalse, "model_validate", classmethod(lambda *_: None))
    monkeypatch.setattr(TrueFalseView, "model_validate", classmethod(lambda *_: None))

    paper = start_attempt(call, quiz_id)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert [str(one.view.content) for one in outcome.questions] == ["Question 1", "Question 2"]
    assert call(questions.page).items


class Touchy:
    """Equals itself, and fails when compared with any other."""

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise RuntimeError(SECRET)


@pytest.mark.parametrize("behaviour", [Behaviour.INTERACTIVE, Behaviour.ADAPTIVE])
def test_comparing_two_responses_may_fail(call: Caller, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour) -> None:
    paper = start_attempt(call, published(call, gaps(), yes(2), behaviour=behaviour, review=EVERYTHING))
    monkeypatch.setattr(Blanks, "_canonical", lambda *_: Touchy())
    at = {"taker": "ann", "now": NOON + SECOND}
    half = {"gaps": {"1": "one", "2": "no"}}

    call(attempts.save, paper.attempt_id, answer(1, 1, **half), **at)
    call(attempts.save, paper.attempt_id, answer(1, 2, gaps={"1": "one"}), **at)
    call(attempts.check, paper.attempt_id, check(1, 1, sequence=3, **half), **at)
    call(attempts.try_again, paper.attempt_id, slot=1, **at)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert outcome.questions[0].points is not None


@pytest.mark.parametrize("method", ["view", "key", "_canonical"])
def test_authors_cannot_store_a_question_whose_view_or_key_fails(
    call: Caller, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(TrueFalse, method, fail)

    with pytest.raises(UsageError) as refused:
        call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))

    assert refused.value.code == "type_failed"
    assert SECRET not in str(refused.value)


def test_a_failing_lint_does_not_prevent_publishing(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))
    monkeypatch.setattr(TrueFalse, "_lint", fail)

    assert "type_failed" in {one.code for one in call(quizzes.lint, quiz.id)}
    call(quizzes.publish, quiz.id)
    start_attempt(call, quiz.id)


def test_an_attempt_with_an_unreadable_question_can_be_viewed_and_finished(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz_id = published(call, yes(1), yes(2, source_id="2"))
    monkeypatch.setattr(TrueFalse, "model_validate", classmethod(fail))
    paper = start_attempt(call, quiz_id)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)
    page = call(questions.page)

    assert [str(one.view.content) for one in outcome.questions] == ["Question 1", "Question 2"]
    assert page.items


class HologramView(View):
    type: Literal["hologram"] = "hologram"


class Hologram(TrueFalse):
    """A question type of a host, registered after its question was read."""

    view_type = HologramView  # type: ignore[assignment] # as a careless type does
    type: Literal["hologram"] = "hologram"  # type: ignore[assignment] # a type of its own

    def view(self) -> HologramView:  # type: ignore[override] # as a careless type does
        return HologramView(content=self.content)


@pytest.fixture
def hologram() -> Any:
    register(Hologram)
    yield Hologram
    _types.pop("hologram", None)


def test_a_type_registered_after_its_question_was_cached_is_used_immediately(call: Caller, hologram: Any) -> None:
    question: Question = hologram(content="Look!", answer=True)
    quiz_id = published(call, question)
    del _types["hologram"]
    early = start_attempt(call, quiz_id)
    assert type(early.questions[0].view) is View
    with pytest.raises(Exception, match="nothing to answer"):
        call(attempts.save, early.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON + SECOND)

    register(hologram)

    seen = call(attempts.paper, early.attempt_id, taker="ann", now=NOON + SECOND)
    assert type(seen.questions[0].view) is HologramView
    call(attempts.save, early.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON + SECOND)
    assert call(attempts.submit, early.attempt_id, taker="ann", now=NOON + MINUTE).score == 1
