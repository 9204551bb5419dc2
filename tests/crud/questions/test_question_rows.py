from __future__ import annotations

import uuid
from datetime import UTC, datetime

from quizkit.crud.questions.rows import content_columns, new_question, returned_as_made, tag_rows
from quizkit.questions import QuestionDraft, TrueFalse
from quizkit.questions._guards.drafts import read_written

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUESTION, REVISION, BANK = (uuid.UUID(int=n) for n in range(1, 4))
RHINE = TrueFalse(title="STRASSE", content="Fließt der Rhein?", answer=True, tags=("7b", "Rivers", "7B "))


def test_a_question_is_found_by_title_and_prompt_whatever_its_case_and_accents() -> None:
    draft = read_written(QuestionDraft(body={"type": "choice", "content": "STRASSE?"}))

    assert content_columns(RHINE)["search"] == "strasse fliesst der rhein?"
    assert content_columns(TrueFalse(content="Yes?", answer=True))["search"] == "yes?"
    assert content_columns(draft)["search"] == "strasse?"


def test_a_tag_is_stored_once_whatever_its_case() -> None:
    assert [row["tag"] for row in tag_rows(RHINE, QUESTION)] == ["7b", "rivers"]


def test_the_stored_view_of_a_new_question_contains_no_key() -> None:
    new = new_question(
        RHINE,
        question_id=QUESTION,
        revision_id=REVISION,
        bank_id=BANK,
        category_id=None,
        made_from=None,
        at=NOON,
    )

    assert new.revision is not None
    assert "answer" in new.revision["body"]
    assert "answer" not in new.revision["view"]
    assert (new.question["revision"], new.revision["number"]) == (1, 1)


def test_a_new_question_is_built_from_its_rows() -> None:
    new = new_question(
        RHINE, question_id=QUESTION, revision_id=REVISION, bank_id=BANK, category_id=None, made_from=None, at=NOON
    )

    returned = returned_as_made(new.question, new.revision, RHINE)

    assert (returned.id, returned.revision_id, returned.bank_id) == (QUESTION, REVISION, BANK)
    assert (returned.question, returned.created_at, returned.equal_to) == (RHINE, NOON, None)
