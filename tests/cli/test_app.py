from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from commands import quizkit
from quizkit import migrations
from quizkit.formats import gift, native

RIVERS = Path(__file__).parents[2] / "examples" / "rivers.gift"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/quiz.db"


def test_the_version_and_the_help_are_printed() -> None:
    assert quizkit("--version").stdout.startswith("quizkit 0.")
    assert "convert" in quizkit("--help").stdout
    assert quizkit().returncode == 2


def test_a_database_is_upgraded_and_its_revision_is_printed(url: str) -> None:
    assert quizkit("db", "current", "--url", url).stdout == "nothing; the newest is quizkit_0001\n"
    first, again = quizkit("db", "upgrade", "--url", url), quizkit("db", "upgrade", "--url", url)

    assert first.stdout == "Upgraded from nothing to quizkit_0001.\n"
    assert again.stdout == "At quizkit_0001 already.\n"
    assert quizkit("db", "current", QUIZKIT_DATABASE_URL=url).stdout == "quizkit_0001 (newest)\n"
    assert quizkit("db", "check", "--url", url).stdout == "The database matches this release.\n"


def test_a_check_that_fails_has_exit_code_1_and_lists_what_differs(url: str) -> None:
    done = quizkit("db", "check", "--url", url)

    assert done.returncode == 1
    assert "add table: quizkit_attempt" in done.stdout
    assert "differs from this release" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("db", "current", "--url", "nowhere"), "not a database URL"),
        (("db", "upgrade", "--url", "postgresql://user:secret@127.0.0.1:1/x"), "cannot be reached"),
        (("db", "upgrade", "--url", "sqlite:////nowhere/at/all.db"), "cannot be reached"),
        (("db", "upgrade", "nowhere", "--url", "sqlite://"), "revision does not exist"),
        (("convert", "nowhere.gift", "out.json"), "No such file or directory: nowhere.gift"),
        (("demo", "--url", "sqlite+nodriver:///x"), "not a database URL"),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code_and_never_a_traceback(words: tuple[str, ...], sentence: str) -> None:
    done = quizkit(*words)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_gift_is_converted_to_native_and_back(tmp_path: Path) -> None:
    there, back = tmp_path / "rivers.json", tmp_path / "again.gift"

    first = quizkit("convert", str(RIVERS), str(there))
    second = quizkit("convert", str(there), str(back))

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stderr == "24 of 24 questions converted.\n"
    original = gift.read(RIVERS.read_bytes()).questions
    assert native.read(there.read_bytes()).questions == original
    assert gift.read(back.read_bytes()).questions == original


def test_a_lost_question_is_reported_by_line_and_by_the_exit_code(tmp_path: Path) -> None:
    source = tmp_path / "in.gift"
    source.write_text("a{T}\n\nb{#x}\n\n[moodle]c{}\n")

    done = quizkit("convert", str(source), "-", "--to", "native")

    assert done.returncode == 1
    assert len(native.read(done.stdout).questions) == 2
    assert f"{source}:3: error: A number must be written as" in done.stderr
    assert f"{source}:5: warning: Moodle's auto-format" in done.stderr
    assert done.stderr.endswith("2 of 3 questions converted.\n")


def test_a_file_is_overwritten_only_on_request(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("mine")

    refused = quizkit("convert", str(RIVERS), str(target))

    assert (refused.returncode, target.read_text()) == (2, "mine")
    assert quizkit("convert", str(RIVERS), str(target), "--force").returncode == 0
    assert target.read_text() != "mine"


def test_an_unknown_file_format_must_be_named() -> None:
    assert quizkit("convert", str(RIVERS), "-").returncode == 2


def test_an_unreadable_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "in.gift"
    source.write_bytes(b"\xff\x80")

    assert "The file is not UTF-8 text" in quizkit("convert", str(source), "-", "--to", "native").stderr


# ---------------------------------------------------------------------------------------------- demo


def test_the_demo_runs_a_whole_attempt(tmp_path: Path) -> None:
    done = quizkit("demo", str(tmp_path / "kept"))

    assert (done.returncode, done.stderr) == (0, "")
    assert "Read 24 questions of 7 types" in done.stdout
    assert "the paper of Ada · 22 points" in done.stdout
    assert "5 answers need manual grading" in done.stdout
    for name in ("Ada", "Ben", "Cem"):
        assert f"{name}: " in done.stdout
    assert "first match: matched Danube" in done.stdout
    assert migrations.check(f"sqlite:///{tmp_path}/kept/quiz.db") == []


@pytest.fixture(scope="module")
def shown() -> CompletedProcess[str]:
    """The output of the demo."""
    return quizkit("demo")


def test_the_output_of_the_demo_depends_only_on_the_seed(shown: CompletedProcess[str]) -> None:
    first, again, other = shown, quizkit("demo"), quizkit("demo", "--seed", "8")
    results = [[line for line in done.stdout.splitlines() if " of 22 points" in line] for done in (first, again, other)]

    assert len(results[0]) == 3
    assert results[0] == results[1] != results[2]
    drawn = [done.stdout.partition("Each paper draws")[2] for done in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(("kind", "driver"), [("postgresql", "sync_url"), ("mariadb", "async_url")])
def test_the_demo_runs_on_a_server(request: pytest.FixtureRequest, kind: str, driver: str) -> None:
    done = quizkit("demo", "--url", getattr(request.getfixturevalue(f"migrated_{kind}"), driver))

    assert (done.returncode, done.stderr) == (0, "")
    assert "Ada: " in done.stdout


def test_the_person_at_the_terminal_takes_the_quiz() -> None:
    typed = [
        "true",
        "f",
        "maybe",
        "",
        "a",
        "z",
        "a",
        "b",
        "a b",
        "a c",
        "danube",
        "thames",
        "a",
        "",
        "all",
        "1a 2b 3c 4d",
        "9z",
        "",
        "frog",
        "10",
    ]

    done = quizkit("demo", "--interactive", typed="\n".join([*typed, *[""] * 30]))

    assert (done.returncode, done.stderr) == (0, "")
    assert "Answer each question. Press Enter to skip one." in done.stdout
    assert "Type true or false." in done.stdout or "Type the letters" in done.stdout
    assert "You: " in done.stdout


def test_an_end_of_input_prints_no_traceback() -> None:
    done = quizkit("demo", "--interactive", typed="")

    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_the_demo_shows_a_draw_a_hint_an_override_and_a_review_before_and_after_the_close(
    shown: CompletedProcess[str],
) -> None:
    exam = " ".join(shown.stdout.partition("An exam")[2].split())

    assert "Each paper draws 3 of 8 questions" in exam
    assert "1 Rhine wrong 0 It rises in the Black Forest." in exam
    assert "3 Danube right 1" in exam
    assert "closes at 10:00 (assignment) 10:30 (taker)" in exam
    before, _, after = exam.partition("10:31, nobody")
    assert "later 1 of 3 not shown" in before
    assert "after close 1 of 3 Danube" in after


def test_the_demo_shows_staff_finishing_an_exam(shown: CompletedProcess[str]) -> None:
    ended = " ".join(shown.stdout.partition("At 10:20 staff finish everybody")[2].split())

    assert "Ada 1 of 4 1 09:20 Ada Ben 1 of 4 1.5 10:20 Teacher: The room is needed" in ended


def test_the_demo_shows_an_incomplete_question_becoming_complete(shown: CompletedProcess[str]) -> None:
    steps = shown.stdout.partition("An author writes")[2].splitlines()[-3:]

    assert [step.rpartition("; ")[2] for step in steps] == [
        "publishing is refused: question_incomplete.",
        "publishing is refused: question_incomplete.",
        "published, revision 1.",
    ]
    assert "options: Field required (missing)" in steps[0]
    assert "complete, revision 1" in steps[2]
