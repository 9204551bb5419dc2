"""Marking without a database, a session or a web framework: questions are values.

Run it with `python grade_without_a_database.py`.
"""

from __future__ import annotations

from quizkit.formats import gift
from quizkit.questions import Choice, Option

FILE = b"""
::Rivers:: Which river flows through Vienna? { =Danube ~Rhine ~Seine }

How long is it in km? { #2850:50 }
"""


def main() -> None:
    """Mark some responses, and print why each earned its points."""
    vienna = Choice(
        content="Which of these are rivers?",
        options=[Option(content="Danube", correct=True), Option(content="Rhine", correct=True), Option(content="Alps")],
        multiple=True,
    )
    danube, rhine, alps = (option.id for option in vienna.options)
    for picked in ([danube, rhine], [danube], [danube, alps]):
        grade = vienna.mark(vienna.read({"selected": picked}))
        print(f"{len(picked)} picked: {grade.fraction} of the points, {grade.state}, because {grade.trace.as_dict()}")

    report = gift.read(FILE)
    for question in report.questions:
        print(f"{question.content.text} A full answer: {question.summarise(question.key())}")
    grade = report.questions[1].mark(report.questions[1].read({"text": "2 860"}))
    print(f"2 860 km earn {grade.fraction}")


if __name__ == "__main__":
    main()
