"""Every verb has the one shape of decision 0065; whatever differs is listed here with its reason."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from quizkit import schemas
from quizkit.crud import VerbGroup, kit
from quizkit.schemas._base import Schema

PAGE = Path(__file__).parents[2] / "docs/reference/verbs.md"


class Parts(NamedTuple):
    """A verb: its full name, its parameters after the session, and the name of what it returns."""

    name: str
    parameters: list[inspect.Parameter]
    returned: str

    @property
    def positional(self) -> list[inspect.Parameter]:
        return [one for one in self.parameters if one.kind is one.POSITIONAL_OR_KEYWORD]

    @property
    def keywords(self) -> list[str]:
        return [one.name for one in self.parameters if one.kind is one.KEYWORD_ONLY]

    def kind(self, name: str) -> str:
        (found,) = (one for one in self.parameters if one.name == name)
        return str(found.annotation)


def verbs() -> dict[str, Parts]:
    found = {}
    for noun, group in sorted(vars(kit).items()):
        for name, verb in vars(type(group)).items() if isinstance(group, VerbGroup) else ():
            if callable(verb) and not name.startswith("_"):
                signature = inspect.signature(inspect.unwrap(verb))
                _, session, *parameters = signature.parameters.values()
                assert session.name == "session"
                full = f"{noun}.{name}"
                found[full] = Parts(full, parameters, str(signature.return_annotation))
    return found


VERBS = verbs()
EVERY = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)

READS = {"get", "page", "outline", "lint", "events", "explain_access", "result", "review", "grade", "paper", "paper_json"} | {
    "grades", "leaderboard", "place", "standings", "means", "roster",
}  # fmt: skip
LISTS = {name for name, verb in VERBS.items() if verb.returned.startswith("Page[")}
JOBS = {"gradebook.expire_due", "gradebook.rebuild", "supervision.finish_all"}
WRITES = {name for name in VERBS if name.partition(".")[2] not in READS}

ORDER = (
    {"taker", "actor", "author"},
    {"version", "versions"},
    {"seed"},
    {"values", "where"},
    {"after"},
    {"limit"},
    {"columns"},
    {"now"},
    {"new_id"},
)
"""The keywords that mean the same in every verb, in order; the verb's own stand after who acts."""


def client_ids(verb: Parts) -> set[str]:
    """Return the keywords for ids that a client makes, so that a call can be repeated: beside the seed."""
    noun, _, name = verb.name.partition(".")
    singular = {"categories": "category", "quizzes": "quiz"}.get(noun, noun.removesuffix("s"))
    made = {"create": f"{singular}_id", "add": "question_ids", "start": "attempt_id"}.get(name, "event_id")
    return {made} & set(verb.keywords)


def rank(verb: Parts, keyword: str) -> int:
    if keyword in client_ids(verb):
        return ORDER.index({"seed"}) + 1
    found = [n for n, names in enumerate(ORDER) if keyword in names]
    return (found[0] + 1 if found[0] else 0) if found else 1


@EVERY
def test_positional_arguments_are_an_id_and_then_the_data(verb: Parts) -> None:
    """At most one id or list of ids, and one thing to store: `data` if it is a schema."""
    names = [one.name for one in verb.positional]
    ids = [name for name in names if name.endswith(("_id", "_ids"))]
    rest = names[len(ids) :]

    assert names[: len(ids)] == ids
    assert len(ids) <= 1
    assert len(rest) <= 1
    for name in rest:
        kind = verb.kind(name)
        assert (name, kind) in {
            ("question", "Question | QuestionDraft"),
            ("questions", "Iterable[Question | QuestionDraft]"),
        } or (name == "data" and hasattr(schemas, kind))


@EVERY
def test_keywords_have_the_same_order_in_every_verb(verb: Parts) -> None:
    ranks = [rank(verb, keyword) for keyword in verb.keywords]

    assert ranks == sorted(ranks), verb.keywords


KINDS = {
    "taker": {"S", "S | Anonymous", "S | None"},
    "actor": {"S", "S | None"},
    "author": {"S | None"},
    "version": {"int | None"},
    "versions": {"Mapping[uuid.UUID, int] | None"},
    "seed": {"bytes | None"},
    "values": {"Values", "Values | Iterable[Values]"},
    "columns": {"Columns"},
    "where": {"Where"},
    "after": {"uuid.UUID | None"},
    "limit": {"int"},
    "now": {"datetime | None"},
    "new_id": {"NewId | None"},
    "quiz_id": {"uuid.UUID", "uuid.UUID | None"},
    "assignment_id": {"uuid.UUID", "uuid.UUID | None"},
}


@EVERY
def test_a_keyword_has_the_same_type_in_every_verb(verb: Parts) -> None:
    wrong = {
        one.name: one.annotation
        for one in verb.parameters
        if one.name in KINDS and str(one.annotation) not in KINDS[one.name]
    }

    assert wrong == {}


@EVERY
def test_who_acts_is_the_taker_or_the_actor(verb: Parts) -> None:
    """`author` is no third word for it: it is stored as the author, who need not be the one who acts."""
    noun = verb.name.partition(".")[0]

    assert {"user", "user_id", "subject", "by"}.isdisjoint(verb.keywords)
    assert ("author" in verb.keywords) is (verb.name in {"quizzes.create", "quizzes.page"})
    if noun == "attempts":
        # A verb for takers never serves anybody else; only a user can claim.
        assert verb.kind("taker") == ("S" if verb.name == "attempts.claim" else "S | Anonymous")
        assert "actor" not in verb.keywords


@pytest.mark.parametrize("name", sorted(WRITES))
def test_every_verb_that_writes_takes_the_time(name: str) -> None:
    assert "now" in VERBS[name].keywords


STORED_ACTORS = {"assignments.override", "assignments.accommodate", "assignments.extend", "previews.start"} | {
    f"supervision.{name}" for name in ("finish", "finish_all", "reopen", "void", "unvoid", "set_lateness")
}
"""What stores who acted. An `actor` that nothing stores would be an argument that does nothing."""


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_verb_takes_an_actor_only_if_it_stores_the_actor(name: str) -> None:
    assert ("actor" in VERBS[name].keywords) is (name in STORED_ACTORS)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_lists_are_pages_with_conditions(name: str) -> None:
    verb = VERBS[name]
    defaults = {one.name: one.default for one in verb.parameters}

    assert [defaults.get(one, "missing") for one in ("where", "after", "limit")] == [(), None, 50]


def test_only_lists_and_jobs_have_a_limit() -> None:
    assert {name for name, verb in VERBS.items() if "limit" in verb.keywords} == LISTS | JOBS
    assert {name for name, verb in VERBS.items() if "where" in verb.keywords} == LISTS | {"gradebook.place"}
    defaults = {one.default for name in JOBS for one in VERBS[name].parameters if one.name == "limit"}
    assert defaults == {100}


BY_STATE = {"gradebook.expire_due", "supervision.finish_all"}
"""Jobs whose progress is in the rows: a finished attempt is not overdue. A cursor could skip one that just became so."""


def test_jobs_return_the_cursor_of_the_next_batch() -> None:
    for name in JOBS:
        fields = getattr(schemas, VERBS[name].returned.replace("[S]", "")).model_fields
        assert ("next_after" in fields, "more" in fields) == (name not in BY_STATE, name in BY_STATE)
        assert ("after" in VERBS[name].keywords) is (name not in BY_STATE)


@pytest.mark.parametrize("name", [name for name in sorted(VERBS) if name.endswith((".archive", ".restore", ".update"))])
def test_update_and_archive_take_a_version_and_return_the_object(name: str) -> None:
    noun, _, _ = name.partition(".")
    verb = VERBS[name]

    assert verb.keywords == ["version", "now"]
    assert verb.returned == VERBS[f"{noun}.get"].returned
    assert f"{noun}.archive" in VERBS
    assert f"{noun}.update" in VERBS or noun == "questions"  # a question is revised: its content has revisions


DEFAULT = {"attempts.start", "attempts.explain_access", "attempts.grade", "previews.start"} | {
    "gradebook.grades", "gradebook.leaderboard", "gradebook.rebuild", "gradebook.place", "gradebook.means",
    "gradebook.roster", "supervision.finish_all",
}  # fmt: skip
"""What is about an assignment, and takes its quiz instead."""


def test_verbs_about_an_assignment_also_take_its_quiz() -> None:
    both = {
        name
        for name, verb in VERBS.items()
        if {"quiz_id", "assignment_id"} <= {one.name for one in verb.parameters} and name not in LISTS - DEFAULT
    }

    assert both == DEFAULT
    for name in both:
        assert VERBS[name].kind("quiz_id") == VERBS[name].kind("assignment_id") == "uuid.UUID | None"


SEVERAL = {
    "questions.add": "one for each question, in order",
    "quizzes.lint": "no list to page through: a quiz has few problems",
    "gradebook.means": "one for each group, in order",
    "gradebook.roster": "one for each taker, in order",
}
OTHERS = {
    "attempts.paper_json": ("bytes", "the paper, ready to send"),
    "attempts.grade": ("TakerGrade | None", "there is none before the first attempt is finished"),
    "gradebook.place": ("LeaderboardPlace[S] | None", "a taker without a grade has no place"),
}


@EVERY
def test_every_verb_returns_a_schema(verb: Parts) -> None:
    """A write returns what it changed: never None, and no number that says less."""
    returned = verb.returned.replace("[S]", "")
    if verb.name in OTHERS:
        assert verb.returned == OTHERS[verb.name][0]
        return
    several = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", returned)
    listed = re.fullmatch(r"Page\[(\w+)\]", returned)
    assert bool(several) is (verb.name in SEVERAL)
    one = several or listed or re.fullmatch(r"(\w+)", returned)
    assert one is not None
    assert issubclass(getattr(schemas, one[1]), Schema)


def test_only_a_required_argument_has_none_as_a_value() -> None:
    """An optional argument that is None was left out. `category_id` of a move has to be given: None is no category.

    So do the `seconds` of a lateness: None is the one by the clock.
    """
    must_be_given = {
        f"{name}({one.name})"
        for name, verb in VERBS.items()
        for one in verb.parameters
        if one.default is one.empty and str(one.annotation).endswith("| None")
    }
    other_defaults = {
        f"{name}({one.name})"
        for name, verb in VERBS.items()
        for one in verb.parameters
        if str(one.annotation).endswith("| None") and one.default not in (None, one.empty)
    }

    assert must_be_given == {"questions.move(category_id)", "supervision.set_lateness(seconds)"}
    assert other_defaults == set()


# ---------------------------------------------------------------------------------------------- the reference


def call_of(verb: Parts) -> str:
    """Return a verb as the reference writes it: the class of what is stored, and `=` after what may be left out."""
    shown = ["session", *(verb.kind(one.name) if one.name == "data" else written(one) for one in verb.positional)]
    keywords = [written(one) for one in verb.parameters if one.kind is one.KEYWORD_ONLY]
    return f"{verb.name}({', '.join([*shown, *(['*'] if keywords else []), *keywords])})"


def written(one: inspect.Parameter) -> str:
    return one.name if one.default is one.empty else f"{one.name}="


def test_the_reference_lists_every_verb_with_its_arguments_and_its_result() -> None:
    rows = [
        line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `") and "(session" in line
    ]
    written = {row[0].strip("| `"): row[1].strip(" `") for row in rows}

    assert written == {call_of(verb): re.sub(r"\[S\]", "", verb.returned).replace("|", "or") for verb in VERBS.values()}
