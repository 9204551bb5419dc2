"""Which module has which public name of `quizkit.questions`. It is loaded when somebody asks for the name (0072).

These are the imports that type checkers see in `quizkit.questions`; `tests/test_imports.py` compares the two.
"""

from importlib import import_module
from types import ModuleType
from typing import Final

# The first name of a question type's module is the class of the type.
MODULES: Final = {
    "_folding": ("Fold",),
    "_inspect": ("ScoreRow", "ScoreTable", "lint", "score_table"),
    "_number": (
        "AnyNumber", "NumberAnswer", "PenaltyOf", "Precision", "RangeAnswer", "RoundedAnswer", "Tolerance", "Unit",
        "UnitPolicy", "Units",
    ),
    "_reading": ("DecimalMark", "Typed", "read_number"),
    "_select": ("ChoiceScheme", "Option", "OptionCounts", "OptionView"),
    "_text": ("TextAnswer", "TextMatch"),
    "blanks": ("Blanks", "BlanksResponse", "BlanksView", "ChoiceGap", "GapView", "NumberGap", "TextGap"),
    "choice": ("Choice", "ChoiceResponse", "ChoiceView"),
    "description": ("Description", "DescriptionResponse", "DescriptionView"),
    "essay": ("Essay", "EssayResponse", "EssayView"),
    "grid": ("Grid", "GridCell", "GridColumn", "GridResponse", "GridRow", "GridView"),
    "matching": ("Matching", "MatchingPair", "MatchingResponse", "MatchingView"),
    "numeric": ("Numeric", "NumericResponse", "NumericView"),
    "ordering": ("Ordering", "OrderingItem", "OrderingResponse", "OrderingScheme", "OrderingView"),
    "short_answer": ("ShortAnswer", "ShortAnswerResponse", "ShortAnswerView"),
    "true_false": ("TrueFalse", "TrueFalseResponse", "TrueFalseView"),
}  # fmt: skip
PLACES: Final = {name: f"quizkit.questions.{module}" for module, names in MODULES.items() for name in names}


def module(name: str) -> ModuleType:
    """Return the module of `quizkit.questions` with this name."""
    return import_module(f"quizkit.questions.{name}")
