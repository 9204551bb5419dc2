"""`python -m quizkit` is `quizkit`."""

from quizkit.cli import main

main()
