"""quizkit: the quiz domain, done once, for applications that import it.

Importing this package loads no database and no web framework; import the door you need:
``quizkit.questions``, ``quizkit.schemas``, ``quizkit.models``, ``quizkit.crud``, ``quizkit.formats`` …
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
