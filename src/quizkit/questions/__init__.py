"""Questions: their shape, the view for takers, the responses, and how they are marked.

Pure code: no database, no clock, no randomness. Each type has its own module, which is loaded when the type is first
used (decision 0072); `register` adds types of the host.
"""

from typing import TYPE_CHECKING

from quizkit import _first_use
from quizkit.questions import _loading
from quizkit.questions._base import Question, Response, ResponseClass, RightPart, Shuffler, View
from quizkit.questions._content import Hint, MediaRef, Text, TextFormat
from quizkit.questions._draft import AnyDraft, QuestionDraft
from quizkit.questions._lint import Lint
from quizkit.questions._marking import Grade, Trace, Verdict, state_of
from quizkit.questions._registry import (
    AnyQuestion,
    AnyResponse,
    AnyView,
    SentResponse,
    StoredQuestion,
    UnknownQuestion,
    UnreadableResponse,
    parse,
    parse_stored,
    parse_view,
    register,
    registered,
)
from quizkit.vocabulary import GradeState, QuestionType

if TYPE_CHECKING:
    from quizkit.questions._folding import Fold
    from quizkit.questions._inspect import ScoreRow, ScoreTable, lint, score_table
    from quizkit.questions._number import (
        AnyNumber,
        NumberAnswer,
        PenaltyOf,
        Precision,
        RangeAnswer,
        RoundedAnswer,
        Tolerance,
        Unit,
        UnitPolicy,
        Units,
    )
    from quizkit.questions._reading import DecimalMark, Typed, read_number
    from quizkit.questions._select import ChoiceScheme, Option, OptionCounts, OptionView
    from quizkit.questions._text import TextAnswer, TextMatch
    from quizkit.questions.blanks import Blanks, BlanksResponse, BlanksView, ChoiceGap, GapView, NumberGap, TextGap
    from quizkit.questions.choice import Choice, ChoiceResponse, ChoiceView
    from quizkit.questions.description import Description, DescriptionResponse, DescriptionView
    from quizkit.questions.essay import Essay, EssayResponse, EssayView
    from quizkit.questions.grid import Grid, GridCell, GridColumn, GridResponse, GridRow, GridView
    from quizkit.questions.matching import Matching, MatchingPair, MatchingResponse, MatchingView
    from quizkit.questions.numeric import Numeric, NumericResponse, NumericView
    from quizkit.questions.ordering import Ordering, OrderingItem, OrderingResponse, OrderingScheme, OrderingView
    from quizkit.questions.short_answer import ShortAnswer, ShortAnswerResponse, ShortAnswerView
    from quizkit.questions.true_false import TrueFalse, TrueFalseResponse, TrueFalseView

__all__ = [
    "AnyDraft",
    "AnyNumber",
    "AnyQuestion",
    "AnyResponse",
    "AnyView",
    "Blanks",
    "BlanksResponse",
    "BlanksView",
    "Choice",
    "ChoiceGap",
    "ChoiceResponse",
    "ChoiceScheme",
    "ChoiceView",
    "DecimalMark",
    "Description",
    "DescriptionResponse",
    "DescriptionView",
    "Essay",
    "EssayResponse",
    "EssayView",
    "Fold",
    "GapView",
    "Grade",
    "GradeState",
    "Grid",
    "GridCell",
    "GridColumn",
    "GridResponse",
    "GridRow",
    "GridView",
    "Hint",
    "Lint",
    "Matching",
    "MatchingPair",
    "MatchingResponse",
    "MatchingView",
    "MediaRef",
    "NumberAnswer",
    "NumberGap",
    "Numeric",
    "NumericResponse",
    "NumericView",
    "Option",
    "OptionCounts",
    "OptionView",
    "Ordering",
    "OrderingItem",
    "OrderingResponse",
    "OrderingScheme",
    "OrderingView",
    "PenaltyOf",
    "Precision",
    "Question",
    "QuestionDraft",
    "QuestionType",
    "RangeAnswer",
    "Response",
    "ResponseClass",
    "RightPart",
    "RoundedAnswer",
    "ScoreRow",
    "ScoreTable",
    "SentResponse",
    "ShortAnswer",
    "ShortAnswerResponse",
    "ShortAnswerView",
    "Shuffler",
    "StoredQuestion",
    "Text",
    "TextAnswer",
    "TextFormat",
    "TextGap",
    "TextMatch",
    "Tolerance",
    "Trace",
    "TrueFalse",
    "TrueFalseResponse",
    "TrueFalseView",
    "Typed",
    "Unit",
    "UnitPolicy",
    "Units",
    "UnknownQuestion",
    "UnreadableResponse",
    "Verdict",
    "View",
    "lint",
    "parse",
    "parse_stored",
    "parse_view",
    "read_number",
    "register",
    "registered",
    "score_table",
    "state_of",
]

if not TYPE_CHECKING:  # a checker that sees a `__getattr__` accepts every name
    __getattr__, __dir__ = _first_use.at_first_use(__name__, _loading.PLACES, _loading.MODULES)
